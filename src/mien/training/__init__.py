"""Transfer learning: from photos and a pretrained network to a recogniser of one's own."""
