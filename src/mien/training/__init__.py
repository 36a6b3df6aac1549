"""Training of recognisers: transfer learning from a folder of photos."""
