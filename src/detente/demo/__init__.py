"""The demonstration: an invented cast, one story told through the node's own actions, and its check."""
