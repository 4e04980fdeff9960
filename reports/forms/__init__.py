"""The ministry's statistics forms: layouts as data (``*.toml``), filled into one table object.

``layout`` reads a layout, ``data`` gathers what is counted, ``filling`` makes the table, and
one renderer each writes it as XLSX (reports.form_workbook), PDF (reports.table_pdf), HTML and
JSON (``shown``).
"""
