"""What the candidates mean for the company: cost, gain and loss, without seeing a person."""
