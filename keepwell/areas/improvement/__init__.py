"""Improvement: what is to be done about whatever was found wanting, by whom and by when, whether it was done and who
verified it (ISO/IEC 27001:2022, 10.1 and 10.2), and the programmes of a group that are made of like actions."""
