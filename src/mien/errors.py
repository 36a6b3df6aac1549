"""Every error that mien raises on purpose, as one tree.

::

    MienError
    ├── InputError                      what came in cannot be used
    │   ├── ImageError
    │   │   ├── UnsupportedImage        not a picture, or of a kind that is not accepted
    │   │   ├── DamagedImage            a picture once, now cut or corrupt
    │   │   ├── ImageTooLarge           refused from its header, before decoding
    │   │   └── ImageTooSmall           too small or too narrow to hold a face
    │   ├── VideoError
    │   │   ├── UnsupportedVideo        not a video, or one that names other files or addresses
    │   │   ├── DamagedVideo            a video once, now empty, cut or corrupt
    │   │   └── StreamBroken            a stream or a camera broke off, and did not come back
    │   ├── SourceNotFound              no such file, folder, camera or stream
    │   ├── OutputUnwritable            a file cannot be written: no folder, read-only, disk full
    │   ├── InvalidArray                wrong shape, dtype or range
    │   ├── InvalidEmbedding            not a finite, non-zero vector of the right length
    │   ├── InvalidName                 not a name that a person can be stored under
    │   ├── InvalidOption               an option outside its range
    │   ├── InvalidPairs                a list of pairs that cannot be read
    │   ├── InvalidCalibration          a file that is not a sound calibration
    │   ├── InvalidVerifier             a file that is not a sound verifier
    │   ├── InvalidLabels               boxes, scores or tracks that cannot be read
    │   ├── InvalidReport               not a report of mien, or one that cannot be used here
    │   ├── InvalidCache                not a sound file of kept encodings
    │   ├── InvalidManifest             not a sound list of collected pictures
    │   ├── InvalidDataset              folders or photos to learn from that contradict each other
    │   ├── InsufficientData            too little data for the number that was asked
    │   ├── TrainingDiverged            the numbers of a training run are not finite any more
    │   └── FaceError
    │       ├── NoFace                  no face was found where one is needed
    │       ├── MultipleFaces           several faces where one is needed
    │       └── LowQuality              the face was found but cannot be trusted
    ├── GalleryError
    │   ├── GalleryNotFound             there is no gallery at that path
    │   ├── GalleryDamaged              the file is not a sound gallery
    │   ├── GalleryNewer                written by a later mien
    │   ├── GalleryUnwritable           read-only, disk full, or locked for too long
    │   ├── PersonNotFound
    │   ├── PersonExists
    │   ├── PhotoNotFound               the person has no such photo
    │   └── SpaceMismatch               vectors of different models are not compared
    ├── ModelError
    │   ├── UnknownModel                no card of that name
    │   ├── ModelUnavailable            no source could deliver it
    │   ├── ModelHashMismatch           a source delivered something else
    │   ├── ModelInvalid                its hash is right but it does not load or fit
    │   └── EngineMissing               a runtime or an optional package is not installed
    └── ForkedProcess                   a forked child has what only its parent can use

The ValueErrors of the standard library are kept in the tree where a caller
would expect them, so ``except ValueError`` works for a wrong value too.
Messages follow one form: what was expected, what came, what to do.
"""

from __future__ import annotations


class MienError(Exception):
    """Base of all errors that mien raises on purpose.

    Attributes:
        kind: the class's name, as it stands in JSON.
    """

    @property
    def kind(self) -> str:
        return type(self).__name__


class InputError(MienError):
    """What came in cannot be used."""


class ImageError(InputError):
    """A picture cannot be used."""


class UnsupportedImage(ImageError):
    """Not a picture, or a picture of a kind that is not accepted."""


class DamagedImage(ImageError):
    """The picture is cut or corrupt."""


class ImageTooLarge(ImageError):
    """The header announces more pixels, frames or bytes than are accepted."""


class ImageTooSmall(ImageError):
    """The picture is too small or too narrow to hold a face."""


class VideoError(InputError):
    """A video cannot be used."""


class UnsupportedVideo(VideoError):
    """Not a video, or one of a kind that is not accepted, such as a list of other files."""


class DamagedVideo(VideoError):
    """The video is empty, cut or corrupt: no frame can be decoded."""


class StreamBroken(VideoError):
    """A stream or a camera broke off and did not come back; what it gave before was answered."""


class SourceNotFound(InputError, FileNotFoundError):
    """No such file, folder, camera or stream."""


class OutputUnwritable(InputError, OSError):
    """A file cannot be written where it was asked for: no such folder, read-only, or disk full."""


class InvalidArray(InputError, ValueError):
    """An array of the wrong shape, dtype or range."""


class InvalidEmbedding(InputError, ValueError):
    """Not a finite, non-zero vector of the expected length."""


class InvalidName(InputError, ValueError):
    """Not a name that a person can be stored under."""


class InvalidOption(InputError, ValueError):
    """An option outside its range."""


class InvalidPairs(InputError, ValueError):
    """A list of pairs, or of labels for cohorts, that cannot be read."""


class InvalidCalibration(InputError, ValueError):
    """A file that is not a calibration as mien writes it."""


class InvalidVerifier(InputError, ValueError):
    """A file that is not a verifier as mien writes it."""


class InvalidLabels(InputError, ValueError):
    """A file of boxes, scores or tracks that cannot be read."""


class InvalidReport(InputError, ValueError):
    """Not a report that mien wrote, or not one that this question can be asked of."""


class InvalidCache(InputError, ValueError):
    """A file of kept encodings that is damaged, or something else."""


class InvalidManifest(InputError, ValueError):
    """A list of collected pictures that is damaged, or something else."""


class InvalidDataset(InputError, ValueError):
    """Photos to learn from whose folders or labels contradict each other."""


class InsufficientData(InputError, ValueError):
    """Too little data to support the number that was asked for."""


class TrainingDiverged(InputError, ArithmeticError):
    """A loss is not finite any more: the learning rate is too high for these data."""


class FaceError(InputError):
    """The picture is sound, but its faces are not what is needed."""


class NoFace(FaceError):
    """No face was found where one is needed."""


class MultipleFaces(FaceError):
    """Several faces were found where one is needed."""


class LowQuality(FaceError):
    """A face was found, but it cannot be trusted; the message says why."""


class GalleryError(MienError):
    """A gallery cannot do what was asked; nothing was changed."""


class GalleryNotFound(GalleryError, FileNotFoundError):
    """There is no gallery at that path."""


class GalleryDamaged(GalleryError):
    """The file is not a sound gallery."""


class GalleryNewer(GalleryError):
    """The gallery was written by a later version of mien."""


class GalleryUnwritable(GalleryError):
    """The gallery cannot be written: read-only, disk full, or locked for too long."""


class PersonNotFound(GalleryError, LookupError):
    """The gallery knows nobody of that name."""


class PersonExists(GalleryError, ValueError):
    """The gallery already knows somebody of that name."""


class PhotoNotFound(GalleryError, LookupError):
    """The gallery's person has no such photo."""


class SpaceMismatch(GalleryError, ValueError):
    """Vectors of different models or preprocessings were about to be compared."""


class ModelError(MienError):
    """A network or a runtime is missing or not what it should be."""


class UnknownModel(ModelError, LookupError):
    """There is no card of that name."""


class ModelUnavailable(ModelError):
    """No source could deliver the model."""


class ModelHashMismatch(ModelError):
    """A source delivered a file with another SHA-256 than the card's."""


class ModelInvalid(ModelError):
    """The file's hash is right, but it does not load or does not fit its card."""


class EngineMissing(ModelError, ImportError):
    """A runtime or an optional package is not installed."""


class ForkedProcess(MienError, RuntimeError):
    """A forked child has something whose threads or files only the parent process has."""
