"""How every page looks and knows where it stands: shell, place (unit and year), components, charts.

A page extends `pages/base.html` and fills its blocks: `title`, `head`, `before` (above crumbs), `width`
(`kw-wide` for matrices and lists, `kw-doc` for what is read), `crumbs_nav` (emptied where there are none),
`crumbs` (`<li>`s), `heading`, `facts` (one `<p>`), `acts` (at most two plain buttons, then the primary),
`main`. Pages without a menu extend `pages/outside.html`; the start page is `pages/start.html`.

`request.place` is a `Place`: `unit` (None: nothing may be seen), `number` (the fiscal year), `year`, `day`,
`is_past`, `language`, `query()`. An address without a year means now; the unit looked at last is kept.

`{% load kw %}` brings
- links that keep unit and year: `{% here 'url-name' args… key=value %}`, `{% keeping url %}`, and
  `{% stay key=value %}`, the present address with its query changed;
- components: `{% icon 'check' %}` (named in icons.txt), `{% badge word icon tint %}`, `{% state code word %}`,
  `{% figure value unit says url= records= digest= hidden= %}`, `{% sparkline values target %}`,
  `{% bar part whole start %}`, `{% empty sentence why url= act= %}`, `{% tabs views label %}`,
  `{% chips filters search hint %}`, `{% field form.name %}`, `{% shown cell %}`;
- filters: `day long_day short_day weekday month moment clock place_time local city number size code yes_no
  amount left late_count time_left`. Times are the reader's own; `place_time` names the city.

Partials to include, each telling what it needs in its first line: `pages/_act_form.html`, `_summary.html`,
`_conflict.html`, `_errors.html`, `_history.html`, `_progress.html`, `_pager.html`, `_standing.html`,
`_todos.html`, `_first.html`; and `_chart_scripts.html` in `head` where a page draws charts.

The menu is data in `config/navigation.py`. Styles lie in `static/pages/`: `tokens.css` names every colour,
`kw.css` the components, `matrix.css` matrices and drawings, `shell.css` the shell; `/components/` shows
them in the demo. No style attribute, no inline script: the page's policy forbids both.
"""
