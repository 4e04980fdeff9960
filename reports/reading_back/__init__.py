"""Finished files read back, cell by cell: what stands in the HTML, the workbook and the PDF of
a form is held against the table from which they were made.

Each reader gives the shown texts of the figures of each row, in the order of the table.
"""
