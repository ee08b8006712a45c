"""The server and the map of its pages; run with `make run` or `streamlit run app.py`."""

import streamlit as st

from pages.ui.server import answering_at_once, page_routes, show_page

app = st.App(__file__, routes=page_routes(), lifespan=answering_at_once)

show_page(
    lambda: {
        "Start": [
            st.Page("pages/overview.py", title="Overview", url_path="start", default=True),
            # The default page answers at "/" only; this entry keeps links to its name alive.
            st.Page(
                "pages/overview.py", title="Overview", url_path="overview", visibility="hidden"
            ),
        ],
        "Before a run": [
            st.Page("pages/spectra.py", title="Spectra", url_path="spectra"),
            st.Page("pages/loss_balance.py", title="Loss balance", url_path="loss_balance"),
            st.Page("pages/cosine_mse.py", title="Cosine against MSE", url_path="cosine_mse"),
            st.Page("pages/hard_negatives.py", title="Hard negatives", url_path="hard_negatives"),
            st.Page("pages/density_limit.py", title="Density limit", url_path="density_limit"),
        ],
        "While it runs": [
            st.Page("pages/train.py", title="Train", url_path="train"),
            st.Page("pages/runs.py", title="Runs", url_path="runs"),
        ],
        "After": [
            st.Page("pages/per_atom_rmsd.py", title="Per-atom RMSD", url_path="per_atom_rmsd"),
            st.Page("pages/claims.py", title="Claims", url_path="claims"),
            st.Page("pages/report.py", title="Report", url_path="report"),
        ],
    }
)
