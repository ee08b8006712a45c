"""Figures: `summarise` gives a frozen record of plain values, `draw` a plotly figure."""
