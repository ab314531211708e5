"""Consultation: the list of threads, a thread, what can be said in it, its originals and its proof."""
