"""The ward's register books and the lists that it keeps (NĐ 20/2014 Đ26.1), as tables.

``kinds`` says what each book is, ``register`` reads who stands in it, ``tables`` puts them
down; ``lists26`` are the lists. ``stamp`` tells whether a book would still read the same.
"""
