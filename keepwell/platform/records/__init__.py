"""What areas keep: Records, which lie in the tree and remember every change, and Observations,
which machines deliver by the million."""
