"""How every page looks and knows where it stands: shell, place (unit and year), components, charts.

Templates extend `pages/base.html` and fill its blocks: title, crumbs, facts, acts, main. Links are
built by `{% here 'name' ... %}`, which keeps unit and year. Components are tags of the library `kw`.
"""
