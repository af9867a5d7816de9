"""Fax calls over an analogue line (ITU-T T.30): two ends, the line between them, and a machine that receives.

Pure rooms for a child process: standard library and libspandsp2 alone.
"""
