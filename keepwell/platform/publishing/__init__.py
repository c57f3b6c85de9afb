"""Publishing: what a report says, as blocks, and the writers that make a file or a page of them.

An area tells its part of a report in `@section` functions; each gives text, figures, tables and
charts, and knows neither PDF nor Word. Every figure carries its proof into every file.
"""
