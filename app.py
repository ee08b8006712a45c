"""The map of pages; run with `make run` or `streamlit run app.py`."""

import streamlit as st

PAGES = {
    "Start": [
        st.Page("pages/overview.py", title="Overview", url_path="start", default=True),
        # The default page answers at "/" only; this entry keeps links to its name alive.
        st.Page("pages/overview.py", title="Overview", url_path="overview", visibility="hidden"),
    ],
    "Before a run": [
        st.Page("pages/spectra.py", title="Spectra", url_path="spectra"),
        st.Page("pages/loss_balance.py", title="Loss balance", url_path="loss_balance"),
        st.Page("pages/cosine_mse.py", title="Cosine against MSE", url_path="cosine_mse"),
        st.Page("pages/hard_negatives.py", title="Hard negatives", url_path="hard_negatives"),
    ],
    "While it runs": [
        st.Page("pages/train.py", title="Train", url_path="train"),
    ],
}

st.navigation(PAGES, position="top").run()
