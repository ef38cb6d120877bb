/* One plane of a face, warped by an affine and blended into one plane of a picture, in one pass.
 *
 * In: the picture's part and the face as 2-D buffers of bytes, the affine from the part's pixels to
 * the face's, the opacity of each of the part's pixels, and a share of all of it. Out: the part, in
 * place. Bilinear; what lies beyond the face's border is its border. Owns nothing, and keeps the
 * interpreter's lock: it takes tens of microseconds, less than giving the lock away and back.
 *
 * Positions are fixed point with 16 bits behind the point. A placement turns and scales a head by
 * very little, so that neighbours in the picture are mostly neighbours in the face: such *spans* need
 * no position for each pixel, and the compiler does several pixels at once. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stdint.h>

#define ONE 65536
#define SHARES 256
/* Steps this far from "one to the right, none down" leave too few neighbours for spans. */
#define SPAN_STEP (ONE / 16)

typedef struct {
    const uint8_t *first;
    Py_ssize_t stride;
    int32_t width, height;
} Face;

/* The upper half of a product: all arithmetic fits 16 bits, of which a processor does most at once. */
static inline int16_t high(int16_t a, int16_t b)
{
    return (int16_t)(((int32_t)a * b) >> 16);
}

/* Between two pixels (twice their mean at 128 of 256), 15 bits. */
static inline int16_t between(uint8_t left, uint8_t right, uint16_t part)
{
    return (int16_t)((uint16_t)(left * (256 - part) + right * part) >> 1);
}

/* The face at a position whose parts behind the point are `u` and `v`. */
static inline int16_t sampled(const uint8_t *top, const uint8_t *below, uint16_t u, uint16_t v)
{
    int16_t upper = between(top[0], top[1], u >> 8), lower = between(below[0], below[1], u >> 8);
    int16_t change = high((int16_t)(lower - upper), (int16_t)(v >> 8 << 7));
    return (int16_t)((int16_t)(upper + 2 * change + 64) >> 7);
}

/* The part's pixel with so much of the face's, rounded: opacity of 255, share of SHARES. */
static inline uint8_t blended(uint8_t from, int16_t to, uint8_t opacity, uint16_t share)
{
    uint16_t both = (uint16_t)(opacity * share);
    int16_t weight = (int16_t)((both >> 1) + (both >> 9));
    int16_t change = high((int16_t)((to - from) * 128), weight);
    return (uint8_t)(from + ((int16_t)(change + 32) >> 6));
}

/* glibc chooses among the copies of a function when the module is loaded. */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__)
#define WIDEST __attribute__((target_clones("avx2", "default")))
#else
#define WIDEST
#endif

/* Pixels whose four face pixels lie beside those of the pixel before: `u` and `v` stay within one. */
WIDEST static void blend_span(uint8_t *restrict part, const uint8_t *restrict face, Py_ssize_t stride,
                              const uint8_t *restrict opacity, int32_t count, uint16_t u,
                              uint16_t v, int16_t u_step, int16_t v_step, uint16_t share)
{
    const uint8_t *restrict below = face + stride;
    for (int32_t x = 0; x < count; x++) {
        uint16_t right = (uint16_t)(u + (uint16_t)x * (uint16_t)u_step);
        uint16_t down = (uint16_t)(v + (uint16_t)x * (uint16_t)v_step);
        part[x] = blended(part[x], sampled(face + x, below + x, right, down), opacity[x], share);
    }
}

/* How many steps until a position within 0 … ONE leaves it. */
static inline int32_t steps_within(int32_t position, int32_t step, int32_t most)
{
    if (step == 0)
        return most;
    int32_t steps = step > 0 ? (ONE - 1 - position) / step : position / -step;
    return steps + 1 < most ? steps + 1 : most;
}

static void blend_row_in_spans(uint8_t *part, const Face *face, const uint8_t *opacity,
                               int32_t count, int64_t u, int64_t v, int32_t u_step, int32_t v_step,
                               uint16_t share)
{
    int32_t beside = u_step - ONE;
    for (int32_t x = 0; x < count;) {
        int32_t u_rest = (int32_t)(u & (ONE - 1)), v_rest = (int32_t)(v & (ONE - 1));
        int32_t span = steps_within(u_rest, beside, count - x);
        span = steps_within(v_rest, v_step, span);
        const uint8_t *at = face->first + (v >> 16) * face->stride + (u >> 16);
        blend_span(part + x, at, face->stride, opacity + x, span, (uint16_t)u_rest,
                   (uint16_t)v_rest, (int16_t)beside, (int16_t)v_step, share);
        u += (int64_t)span * u_step;
        v += (int64_t)span * v_step;
        x += span;
    }
}

/* A stretch of a row: its pixels' four face pixels, and the positions' parts between them. */
#define STRETCH 256
typedef struct {
    uint8_t top[STRETCH], top_next[STRETCH], below[STRETCH], below_next[STRETCH];
    uint16_t u[STRETCH], v[STRETCH];
} Corners;

WIDEST static void blend_corners(uint8_t *restrict part, const Corners *restrict at,
                                 const uint8_t *restrict opacity, int32_t count, uint16_t share)
{
    for (int32_t x = 0; x < count; x++) {
        uint8_t top[2] = {at->top[x], at->top_next[x]};
        uint8_t below[2] = {at->below[x], at->below_next[x]};
        part[x] = blended(part[x], sampled(top, below, at->u[x], at->v[x]), opacity[x], share);
    }
}

static inline int64_t clamped(int64_t at, int32_t size)
{
    return at < 0 ? 0 : at >= size ? size - 1 : at;
}

static void gather(Corners *into, const Face *face, int32_t count, int64_t u, int64_t v,
                   int32_t u_step, int32_t v_step)
{
    for (int32_t x = 0; x < count; x++, u += u_step, v += v_step) {
        int64_t left = clamped(u >> 16, face->width), next = clamped((u >> 16) + 1, face->width);
        const uint8_t *top = face->first + clamped(v >> 16, face->height) * face->stride;
        const uint8_t *below = face->first + clamped((v >> 16) + 1, face->height) * face->stride;
        into->top[x] = top[left], into->top_next[x] = top[next];
        into->below[x] = below[left], into->below_next[x] = below[next];
        into->u[x] = (uint16_t)u, into->v[x] = (uint16_t)v;
    }
}

static void gather_inside(Corners *into, const Face *face, int32_t count, int64_t u, int64_t v,
                          int32_t u_step, int32_t v_step)
{
    for (int32_t x = 0; x < count; x++, u += u_step, v += v_step) {
        const uint8_t *top = face->first + (v >> 16) * face->stride + (u >> 16);
        const uint8_t *below = top + face->stride;
        into->top[x] = top[0], into->top_next[x] = top[1];
        into->below[x] = below[0], into->below_next[x] = below[1];
        into->u[x] = (uint16_t)u, into->v[x] = (uint16_t)v;
    }
}

static void blend_row(uint8_t *part, const Face *face, const uint8_t *opacity, int32_t count,
                      int64_t u, int64_t v, int32_t u_step, int32_t v_step, int inside,
                      uint16_t share)
{
    Corners corners;
    for (int32_t x = 0; x < count; x += STRETCH) {
        int32_t some = count - x < STRETCH ? count - x : STRETCH;
        (inside ? gather_inside : gather)(&corners, face, some, u + (int64_t)x * u_step,
                                          v + (int64_t)x * v_step, u_step, v_step);
        blend_corners(part + x, &corners, opacity + x, some, share);
    }
}

/* True if all of a row's pixels have their four face pixels, from (u, v) to (u_end, v_end). */
static int is_inside(const Face *face, int64_t u, int64_t v, int64_t u_end, int64_t v_end)
{
    int64_t left = u < u_end ? u : u_end, right = u < u_end ? u_end : u;
    int64_t top = v < v_end ? v : v_end, bottom = v < v_end ? v_end : v;
    return left >= 0 && top >= 0 && (right >> 16) + 1 < face->width &&
           (bottom >> 16) + 1 < face->height;
}

static void blend_plane(const Py_buffer *part, const Face *face, const double *back,
                        const uint8_t *opacity, uint16_t share)
{
    int32_t rows = (int32_t)part->shape[0], count = (int32_t)part->shape[1];
    int32_t u_step = (int32_t)lrint(back[0] * ONE), v_step = (int32_t)lrint(back[3] * ONE);
    int level = u_step > ONE - SPAN_STEP && u_step < ONE + SPAN_STEP && v_step > -SPAN_STEP &&
                v_step < SPAN_STEP;
    for (int32_t y = 0; y < rows; y++) {
        const uint8_t *weights = opacity + (Py_ssize_t)y * count;
        int32_t x = 0, end = count;
        while (x < end && weights[x] == 0)
            x++;
        while (end > x && weights[end - 1] == 0)
            end--;
        if (x == end)
            continue;
        uint8_t *row = (uint8_t *)part->buf + y * part->strides[0] + x;
        int64_t u = llrint((back[0] * x + back[1] * y + back[2]) * ONE);
        int64_t v = llrint((back[3] * x + back[4] * y + back[5]) * ONE);
        int inside = is_inside(face, u, v, u + (int64_t)(end - x - 1) * u_step,
                               v + (int64_t)(end - x - 1) * v_step);
        if (inside && level)
            blend_row_in_spans(row, face, weights + x, end - x, u, v, u_step, v_step, share);
        else
            blend_row(row, face, weights + x, end - x, u, v, u_step, v_step, inside, share);
    }
}

/* A view of rows of bytes; 0, or -1 and an error. */
static int take(PyObject *from, Py_buffer *view, int flags, const char *what)
{
    if (PyObject_GetBuffer(from, view, flags | PyBUF_STRIDES | PyBUF_FORMAT) < 0)
        return -1;
    if (view->ndim == 2 && view->itemsize == 1 && view->shape[0] > 0 && view->shape[1] > 0 &&
        view->strides[1] == 1)
        return 0;
    PyErr_Format(PyExc_ValueError, "%s is a plane of bytes, its rows without gaps", what);
    PyBuffer_Release(view);
    return -1;
}

/* Beyond it fixed point would not do: no picture is so far from its face. */
#define FARTHEST 1e6
#define STEEPEST 3e4

/* Six numbers that can be positions; 0, or -1 and an error. */
static int check_affine(const Py_buffer *back)
{
    if (back->len != 6 * (Py_ssize_t)sizeof(double) || back->format == NULL ||
        back->format[0] != 'd' || back->format[1] != 0) {
        PyErr_SetString(PyExc_ValueError, "an affine is float64 [2, 3]");
        return -1;
    }
    for (int n = 0; n < 6; n++) {
        double number = ((const double *)back->buf)[n];
        if (!(fabs(number) < (n % 3 == 2 ? FARTHEST : STEEPEST))) {
            PyErr_SetString(PyExc_ValueError, "an affine's numbers are finite and small");
            return -1;
        }
    }
    return 0;
}

static PyObject *blend_taken(const Py_buffer *part, const Py_buffer *plane, PyObject *matrix,
                             const Py_buffer *opacity, int share)
{
    if (opacity->shape[0] != part->shape[0] || opacity->shape[1] != part->shape[1] ||
        opacity->strides[0] != opacity->shape[1])
        return PyErr_Format(PyExc_ValueError, "the opacity has the part's shape, without gaps");
    if (share < 0 || share > SHARES)
        return PyErr_Format(PyExc_ValueError, "share is 0 to %d, not %d", SHARES, share);
    Py_buffer back;
    if (PyObject_GetBuffer(matrix, &back, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT) < 0)
        return NULL;
    int refused = check_affine(&back);
    if (!refused) {
        Face face = {plane->buf, plane->strides[0], (int32_t)plane->shape[1],
                     (int32_t)plane->shape[0]};
        blend_plane(part, &face, back.buf, opacity->buf, (uint16_t)share);
    }
    PyBuffer_Release(&back);
    if (refused)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *warp_blend(PyObject *module, PyObject *args)
{
    (void)module;
    PyObject *from[4], *found = NULL;
    Py_buffer part, face, opacity;
    int share;
    if (!PyArg_ParseTuple(args, "OOOOi", &from[0], &from[1], &from[2], &from[3], &share))
        return NULL;
    if (take(from[0], &part, PyBUF_WRITABLE, "the part") < 0)
        return NULL;
    if (take(from[1], &face, 0, "the face") == 0) {
        if (take(from[3], &opacity, 0, "the opacity") == 0) {
            found = blend_taken(&part, &face, from[2], &opacity, share);
            PyBuffer_Release(&opacity);
        }
        PyBuffer_Release(&face);
    }
    PyBuffer_Release(&part);
    return found;
}

static PyMethodDef functions[] = {{"warp_blend", warp_blend, METH_VARARGS, NULL},
                                  {NULL, NULL, 0, NULL}};
static int fill_module(PyObject *module)
{
    return PyModule_AddIntConstant(module, "SHARES", SHARES);
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, fill_module}, {0, NULL}};
static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "_warp_blend", NULL, 0, functions, slots, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__warp_blend(void)
{
    return PyModuleDef_Init(&definition);
}
