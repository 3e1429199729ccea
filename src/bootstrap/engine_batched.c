/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "batch_kernel.h"
#include "engine_internal.h"
#include "memory.h"

#include <math.h>
#include <stdlib.h>

struct engine_batched_workspace {
    const struct batch_kernel *kernel;
    void *memory; /**< the kernel's */
    struct fit_scout scout;
};

static void engine_batched_score(void *context, enum config_fit_method method,
                                 const struct fit_problem *problem, size_t nodes,
                                 const double *immediacy, const double *longevity, double *fitness,
                                 double *cost)
{
    struct engine_batched_workspace *workspace = context;
    const struct batch_score_request request = {
        .problem = problem,
        .likelihood = method == FIT_NEGATIVE_BINOMIAL,
        .nodes = nodes,
        .immediacy = immediacy,
        .longevity = longevity,
        .fitness = fitness,
        .cost = cost,
    };
    workspace->kernel->score(workspace->memory, &request);
}

static void engine_batched_descend(void *context, enum config_fit_method method,
                                   const struct fit_problem *problem, size_t count,
                                   const struct growth_parameters *starts,
                                   struct growth_parameters *ends, double *cost)
{
    enum { STARTS = 16 };
    struct engine_batched_workspace *workspace = context;
    double fitness[STARTS], immediacy[STARTS], longevity[STARTS];
    unsigned char status[STARTS];
    for (size_t begin = 0; begin < count; begin += STARTS) {
        const size_t starts_left = count - begin;
        const struct refit_request request = {
            .method = method,
            .count = problem->count,
            .time = problem->time,
            .scale = problem->scale,
            .start = starts[begin],
            .starts = starts + begin,
            .dispersion = BATCH_START_DISPERSION,
            .replicates = starts_left < STARTS ? starts_left : STARTS,
            .rough = true,
            .shared = true,
            .observed = problem->observed,
            .weight = problem->weight,
        };
        const struct refit_result result = {fitness, immediacy, longevity, cost + begin, status};
        (void)workspace->kernel->refit(workspace->memory, &request, &result);
        for (size_t k = 0; k < request.replicates; k++) {
            ends[begin + k] = (struct growth_parameters){fitness[k], immediacy[k], longevity[k]};
            cost[begin + k] = isnan(cost[begin + k]) ? (double)INFINITY : cost[begin + k];
        }
    }
}

static const struct batch_kernel *engine_batched_kernel(enum instruction_set set)
{
#ifdef __x86_64__
    if (set == INSTRUCTION_SET_AVX512) {
        return &batch_kernel_avx512;
    }
    if (set == INSTRUCTION_SET_AVX2) {
        return &batch_kernel_avx2;
    }
#else
    (void)set;
#endif
    return &batch_kernel_baseline;
}

static void *engine_batched_create(size_t max_points, enum instruction_set set)
{
    struct engine_batched_workspace *workspace = memory_array(1, sizeof *workspace);
    workspace->kernel = engine_batched_kernel(set);
    workspace->memory = workspace->kernel->create(max_points);
    workspace->scout = (struct fit_scout){
        .context = workspace,
        .score = engine_batched_score,
        .descend = engine_batched_descend,
    };
    return workspace;
}

static void engine_batched_free(void *memory)
{
    struct engine_batched_workspace *workspace = memory;
    if (workspace != NULL) {
        workspace->kernel->free(workspace->memory);
        free(workspace);
    }
}

static void engine_batched_refit(void *memory, const struct refit_request *request,
                                 const struct refit_result *result)
{
    struct engine_batched_workspace *workspace = memory;
    (void)workspace->kernel->refit(workspace->memory, request, result);
}

static const struct fit_scout *engine_batched_scout(void *memory)
{
    const struct engine_batched_workspace *workspace = memory;
    return &workspace->scout;
}

const struct engine engine_batched = {
    .name = "batched",
    .create = engine_batched_create,
    .free = engine_batched_free,
    .refit = engine_batched_refit,
    .scout = engine_batched_scout,
};
