/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "batch_kernel.h"
#include "engine_internal.h"
#include "memory.h"

#include <stdlib.h>

struct engine_batched_workspace {
    const struct batch_kernel *kernel;
    void *memory; /**< the kernel's */
};

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

const struct engine engine_batched = {
    .name = "batched",
    .create = engine_batched_create,
    .free = engine_batched_free,
    .refit = engine_batched_refit,
};
