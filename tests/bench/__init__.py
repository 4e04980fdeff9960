"""Speed, as ratios inside one run: ``make bench`` prints one JSON object a line.

Each line names what was measured, the floor it is held against, the ratio, the limit, and
whether it held. Absolute times are for the reader; only ratios and counts decide.
"""
