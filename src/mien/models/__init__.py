"""Networks: what each one is (cards), where its weights come from (store), what runs it (runtime).

Nothing is imported here, so that reading a card loads neither a runtime nor a downloader:
import ``mien.models.catalogue`` for the cards and ``mien.models.store`` for their files.
"""
