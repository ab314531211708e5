"""Measure: dropping and replaying every projection of 50,000 statements; then the thread page. Prints JSON."""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path

from arrangement import fill, open_node

THREADS, EACH, MEMBERS = 250, 200, 193


def main(home: Path) -> None:
    node = open_node(home, MEMBERS)
    fill(node, THREADS, EACH)
    begin = time.perf_counter()
    first = node.rebuild()
    seconds = time.perf_counter() - begin
    again = node.rebuild()
    assert first == again
    print(json.dumps({"statements": THREADS * EACH, "per_second": THREADS * EACH / seconds, **page(node)}))


def page(node) -> dict[str, float]:
    """Server time and queries of a thread page of 200 statements."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext, override_settings
    from django_otp.plugins.otp_totp.models import TOTPDevice

    from detente import clock
    from detente.node import opening
    from detente.projections import consultation

    officer = opening.add_officer(
        "reader", "a long enough password", participant="BRY", office="desk", display_name="Reader", roles=["duty"]
    )
    device = TOTPDevice.objects.create(user=officer.user, confirmed=True)
    client = Client()
    client.force_login(officer.user)
    session = client.session
    session["otp_device_id"] = device.persistent_id
    session["signed_in_at"] = session["seen_at"] = clock.to_milliseconds(clock.SystemClock().now())
    session.save()
    row = consultation.threads_of("BRY", node.clock.now(), node.directory(), limit=1)[0]
    url = f"/consultation/{row.thread}"
    times = []
    with override_settings(ALLOWED_HOSTS=["testserver"]):
        for _ in range(8):
            begin = time.perf_counter()
            answer = client.get(url)
            times.append((time.perf_counter() - begin) * 1000)
            assert answer.status_code == 200, (answer.status_code, answer.get("Location"))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(url)
    return {
        "page_first_ms": times[0],
        "page_ms": statistics.median(times[2:]),
        "page_queries": len(queries),
        "page_bytes": len(answer.content),
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
