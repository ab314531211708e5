"""Détente: confidence-building measures between states, operated as one system."""
