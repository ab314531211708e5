"""One node, wired: settings, the pieces put together, what it does and what it can show."""
