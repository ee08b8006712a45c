"""Losses, balance, data and figures of Lossoscope; useful without the dashboard."""
