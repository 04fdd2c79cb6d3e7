/*
 * The toolkit's cuda.h, plus the entry points that its newest versions hide behind a macro although older drivers know only them.
 * Anything here must exist in the oldest driver that Gatun accepts, CUDA 12.0.
 */
#include <cuda.h>

/* cuda.h maps this name to cuEventElapsedTime_v2, which came with CUDA 12.8. */
#undef cuEventElapsedTime
CUresult cuEventElapsedTime(float *pMilliseconds, CUevent hStart, CUevent hEnd);
