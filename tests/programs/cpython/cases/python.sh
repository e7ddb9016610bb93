# Where the library is.
export PYTHONPATH="$bin/lib.zip" PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1
export bin
