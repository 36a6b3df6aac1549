"""A photo's encodings kept in a file that the user names, and used again while nothing changed.

Vectors of faces are personal data: nothing is kept unless somebody asks for it. No photo and no
path is in the file.
"""

from mien.encodings.cache import EncodingCache
from mien.encodings.key import encoding_key, finder_key
from mien.encodings.recognizer import CachedRecognizer, file_digest

__all__ = ["CachedRecognizer", "EncodingCache", "encoding_key", "file_digest", "finder_key"]
