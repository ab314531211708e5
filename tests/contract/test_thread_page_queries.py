"""The thread page asks the database the same few things, however much was said."""

from __future__ import annotations

import pytest

from bench.arrangement import fill

AT_MOST = 12


@pytest.mark.parametrize("statements", [2, 200])
def test_queries_do_not_grow_with_the_thread(portal, django_assert_max_num_queries, statements):
    """A thread of two hundred statements is read in at most twelve queries, as is one of two."""
    fill(portal.node, 1, statements)
    portal.node.project()
    thread = portal.threads()[0].thread
    client = portal.client("ald-drafter")
    client.get("/account")
    with django_assert_max_num_queries(AT_MOST) as asked:
        answer = client.get(f"/consultation/{thread}")
    assert answer.status_code == 200
    assert answer.content.count(b"<article>") == statements
    assert len(asked) > 4


def test_queries_do_not_grow_with_addressees(portal, django_assert_max_num_queries):
    """A thread to two addressees, one of whom answered, needs no more of them."""
    portal.send(addressees=[{"participant": "BRY"}, {"participant": "COR"}])
    thread = portal.threads()[0].thread
    client = portal.client("ald-drafter")
    with django_assert_max_num_queries(AT_MOST):
        answer = client.get(f"/consultation/{thread}")
    assert "Corvane" in answer.content.decode()
