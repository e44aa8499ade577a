"""Pages of requests that anybody may open."""
