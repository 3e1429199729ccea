/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A rational function for Mills' ratio, made by tests/reference/batch_math.py. */
#ifndef GROWCAST_MILLS_H
#define GROWCAST_MILLS_H

/** M(a) = Phi(-a)/phi(a) = above(a)/below(a) for a >= 0, relative error 3.8e-16; all coefficients
 *  are positive, so that nothing cancels. */
static const double mills_above[] = {
    0x1.40d931ff62703p+0,  /* 1.2533141373154998 */
    0x1.01685ba88ce55p+1,  /* 2.0109972546577332 */
    0x1.971fcae26d132p+0,  /* 1.5903288653181105 */
    0x1.98f3b950b661ep-1,  /* 0.79873446569689907 */
    0x1.1d15ed1c65a03p-2,  /* 0.27840395437070256 */
    0x1.1d2bc76e71922p-4,  /* 0.069621829060541296 */
    0x1.99a8e0cfecdc2p-7,  /* 0.012501821300111685 */
    0x1.995db15e1cf3bp-10, /* 0.0015616073137864744 */
    0x1.04aa3f0be12bep-13, /* 0.00012429476953114931 */
    0x1.485154eaaf1edp-18, /* 4.8923149999460804e-6 */
};
static const double mills_below[] = {
    0x1.0000000000000p+0,  /* 1.0 */
    0x1.3382c49a7a36fp+1,  /* 2.4024282221111474 */
    0x1.57c6f567d6980p+1,  /* 2.6857592350981461 */
    0x1.d850074008bccp+0,  /* 1.8449711352666212 */
    0x1.bb063f903773cp-1,  /* 0.86528204570252096 */
    0x1.29a2097cf9596p-2,  /* 0.29065718484192739 */
    0x1.2386fbab0d678p-4,  /* 0.071173651770402806 */
    0x1.9dbb89cbef864p-7,  /* 0.01262611606932413 */
    0x1.9aa602b309e90p-10, /* 0.0015664996287884405 */
    0x1.04aa3f0be1208p-13, /* 0.00012429476953114437 */
    0x1.485154eaaf1efp-18, /* 4.8923149999460823e-6 */
};

#endif
