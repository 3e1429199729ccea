/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The settings of the hierarchy that its tests use: the published defaults, written out. */
#ifndef GROWCAST_TEST_HIERARCHY_CONFIG_H
#define GROWCAST_TEST_HIERARCHY_CONFIG_H

#include "config.h"

static inline struct config_hierarchy hierarchy_test_config(void)
{
    return (struct config_hierarchy){
        .pool = POOL_ALL,
        .covariates = COVARIATES_COHORT,
        .min_count = 3,
        .sample = 2048,
        .em_steps = 15,
        .shocks = true,
        .shock_probability = 0.06,
        .shock_factor = 4,
        .shock_offset = 2,
        .shock_dispersion = 0.5,
        .discount = 0.8,
        .random_walk = 0.15,
        .ultimate_range = {2, {0, 16}},
        .ultimate_nodes = 25,
        .immediacy_range = {2, {-1.5, 5.5}},
        .immediacy_nodes = 11,
        .longevity_range = {2, {0.2, 3.5}},
        .longevity_nodes = 5,
        .dispersions = {6, {0.25, 0.6, 1.3, 3, 8, 30}},
    };
}

#endif
