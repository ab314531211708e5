"""What a node can rebuild: read models that are dropped and replayed from the store, and the queries on them."""
