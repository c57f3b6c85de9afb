"""OSCAL 1.1 in and out, as XML and JSON: catalogs, profiles, and the shapes of assessment results.

A document is a mapping as OSCAL's JSON has it, texts as Markdown. `reading` makes one from a file, whole or not
at all; `writing` makes files of it. `catalogs` and `profiles` know what of it becomes our records.
"""
