# SPDX-License-Identifier: GPL-3.0-or-later
# Seconds a fit of R's minpack.lm with analytic Jacobian: peers.R REQUESTS, see engine.c.
suppressMessages(library(minpack.lm))

residuals <- function(x, log_time, observed, scale) {
    scale * expm1(exp(x[1]) * pnorm((log_time - x[2]) / exp(x[3]))) - observed
}

jacobian <- function(x, log_time, observed, scale) {
    z <- (log_time - x[2]) / exp(x[3])
    slope <- scale * exp(exp(x[1]) * pnorm(z)) * exp(x[1])
    density <- slope * dnorm(z)
    c(slope * pnorm(z), -density / exp(x[3]), ifelse(is.finite(z), -density * z, 0))
}

lines <- strsplit(readLines(commandArgs(TRUE)[1]), " ")
rows <- lapply(lines, as.numeric)
seconds <- c(0, 0)
fits <- c(0, 0)
at <- 1
while (at <= length(rows)) {
    head <- rows[[at]]
    group <- 2 - head[1]
    start <- c(log(head[5]), head[6], log(head[7]))
    log_time <- log(rows[[at + 1]])
    begin <- proc.time()[["user.self"]]
    for (b in seq_len(head[3])) {
        nls.lm(start, fn = residuals, jac = jacobian, log_time = log_time,
               observed = rows[[at + 1 + b]], scale = head[4],
               control = nls.lm.control(ftol = 1e-8, ptol = 0, maxiter = 200))
    }
    seconds[group] <- seconds[group] + proc.time()[["user.self"]] - begin
    fits[group] <- fits[group] + head[3]
    at <- at + 2 + head[3]
}
cat(sprintf('{"r_minpack_lm": {"ident_ns": %.9g, "all_ns": %.9g}}\n',
            1e9 * seconds[1] / fits[1], 1e9 * sum(seconds) / sum(fits)))
