"""The portal: pages on which people read and act. Templates, styles and translations; no tables, no script."""
