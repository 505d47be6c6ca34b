"""Works: what is made of which pictures, as data, and the making of it.

A work knows the pictures that it is given, its configuration and its options; it looks at the heads of files first,
then opens them, then makes its picture. The command, ``itten replay`` and the studio make pictures in no other way, so
that the same recipe gives the same bytes wherever it comes from.
"""
