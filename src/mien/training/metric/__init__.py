"""Learning a similarity: from photos of people to an embedder whose distances say who is who."""
