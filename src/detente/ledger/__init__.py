"""The ledger: an append-only Merkle log whose checkpoints others cosign.

Formats are those of C2SP (``signed-note``, ``tlog-checkpoint``, ``tlog-cosignature``, ``tlog-policy``,
``tlog-proof``, ``tlog-tiles``, ``tlog-witness``) over RFC 6962 hashing. Everything here is a pure function of
bytes; disks, databases and the network belong to the node. Byte details and every choice that is stricter than
the standard: ``docs/spec/ledger.md``.
"""
