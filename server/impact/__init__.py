"""What the candidates mean for the company: cost, gains and losses, without the figures of any person."""
