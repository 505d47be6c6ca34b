"""The studio: a page in the browser, and the server behind it.

The server decodes and computes nothing. Pictures are looked at by one child process each, works are done by workers,
which are ended to cancel one; the page knows the server through its API alone, and so may any other program.
"""
