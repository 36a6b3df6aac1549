"""Where weights come from, after the user's cache: own files, package index, publisher.

Nothing that comes out of here is trusted: ``mien.models.placing`` decides by hash.
"""
