/* The atomics of the ring, and nothing else: no system call, no mapping, no loop.
 *
 * In: a writable buffer (the mapped segment), a second one (the session's control
 * block) and a callable that rings the other side's bell. Out: slot numbers.
 * One Producer and one Consumer object per ring, each in its own process; each
 * holds its buffers until close(), so that the mapping cannot go away under it.
 *
 * ringbuf/PROTOCOL.md has the protocol in numbered steps. Two rules carry it:
 *   - an index is stored with release after the slot was touched, and loaded with
 *     acquire before the slot is touched (message passing, C11 7.17.3);
 *   - "I sleep" and "there is something" are each followed by a seq_cst fence and
 *     then a look at the other (Dekker, store buffering), so that at least one side
 *     sees the other. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if ATOMIC_LLONG_LOCK_FREE != 2
#error "64-bit atomics must be lock-free: a lock in one process is no lock in another"
#endif

/* Two lines of 64 bytes: x86 prefetches them in pairs, some aarch64 cores have 128. */
#define LINE 128
/* What Python writes before anybody attaches (segment.py); C leaves it alone. */
#define HEADER 256
#define SLOT_HEADER 64
#define WORDS 32

typedef struct {
    _Alignas(LINE) _Atomic uint64_t value;
} Line;

typedef struct {
    Line start;           /* index of the first frame ever; never changes */
    Line head;            /* frames published; the producer stores */
    Line tail;            /* frames handed back or dropped; the consumer stores */
    Line consumer_sleeps; /* 1: the consumer wants a bell */
    Line producer_sleeps; /* 1: the producer wants a bell */
    Line stalls;          /* the producer's counter */
    Line dropped;         /* the consumer's counter */
} Indices;

typedef struct {
    uint64_t sequence;
    uint64_t epoch;
} SlotHeader;

typedef struct {
    Line epoch;
    _Alignas(LINE) _Atomic int64_t words[WORDS];
} ControlBlock;

_Static_assert(sizeof(Line) == LINE, "one atomic per line");
_Static_assert(HEADER % LINE == 0, "the indices begin on a line");
_Static_assert(sizeof(SlotHeader) <= SLOT_HEADER, "the slot header fits its line");

/* ---- buffers ------------------------------------------------------------- */

static int take_buffer(PyObject *from, Py_buffer *view, size_t least, const char *what)
{
    if (PyObject_GetBuffer(from, view, PyBUF_WRITABLE) < 0)
        return -1;
    if ((size_t)view->len >= least && (uintptr_t)view->buf % LINE == 0)
        return 0;
    PyErr_Format(PyExc_ValueError, "%s needs at least %zu bytes aligned to %d, this has %zd",
                 what, least, LINE, view->len);
    PyBuffer_Release(view);
    view->buf = NULL;
    return -1;
}

static void give_buffer(Py_buffer *view)
{
    if (view->buf != NULL)
        PyBuffer_Release(view);
    view->buf = NULL;
}

static void free_object(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release(self);
    Py_DECREF(type);
}

static int to_epoch(PyObject *number, uint64_t *epoch)
{
    PyObject *index = PyNumber_Index(number);
    if (index == NULL)
        return -1;
    *epoch = PyLong_AsUnsignedLongLong(index);
    Py_DECREF(index);
    return PyErr_Occurred() ? -1 : 0;
}

/* ---- one side of a ring -------------------------------------------------- */

typedef struct {
    PyObject_HEAD
    Py_buffer memory;
    Py_buffer control;
    PyObject *ring_bell; /* called when the other side sleeps */
    Indices *indices;
    char *slot_base;
    _Atomic uint64_t *current; /* the control block's epoch */
    uint64_t slots;
    uint64_t stride;
    uint64_t own;   /* producer: head; consumer: tail. Only this object moves it. */
    uint64_t other; /* the other side's index as last read; it only lags */
    uint64_t epoch; /* producer: last published; consumer: of the frame in hand */
    int in_hand;    /* producer: claimed; consumer: polled */
    int was_full;   /* producer: this full period is already counted */
} Side;

static SlotHeader *slot_at(const Side *self, uint64_t index)
{
    return (SlotHeader *)(self->slot_base + (index % self->slots) * self->stride);
}

static PyObject *slot_number(const Side *self)
{
    return PyLong_FromUnsignedLongLong(self->own % self->slots);
}

static int is_open(const Side *self)
{
    if (self->memory.buf != NULL)
        return 1;
    PyErr_SetString(PyExc_ValueError, "this side of the ring is closed");
    return 0;
}

static int ring_bell(Side *self)
{
    PyObject *answer = PyObject_CallNoArgs(self->ring_bell);
    Py_XDECREF(answer);
    return answer == NULL ? -1 : 0;
}

/* Ring the other side's bell if it said that it sleeps. Called after the index was
 * stored. The exchange lets one bell through per sleep. */
static int wake(Side *self, Line *sleeps)
{
    atomic_thread_fence(memory_order_seq_cst); /* partner: the fence in fall_asleep */
    if (!atomic_load_explicit(&sleeps->value, memory_order_relaxed)) /* its store of 1 */
        return 0;
    /* partner: the store of 1 in fall_asleep, through the flag's own order */
    if (!atomic_exchange_explicit(&sleeps->value, 0, memory_order_acq_rel))
        return 0;
    return ring_bell(self);
}

/* Say "I sleep", then look once more: returns the other side's index as of now. */
static uint64_t fall_asleep(Line *sleeps, Line *watched)
{
    atomic_store_explicit(&sleeps->value, 1, memory_order_relaxed); /* partner: wake's load */
    atomic_thread_fence(memory_order_seq_cst); /* partner: the fence in wake */
    /* partner: the release store of that index in publish or hand_back */
    return atomic_load_explicit(&watched->value, memory_order_acquire);
}

static void stay_awake(Line *sleeps)
{
    /* No partner: a ringer that saw the 1 rings once for nothing, which is harmless. */
    atomic_store_explicit(&sleeps->value, 0, memory_order_relaxed);
}

static int open_side(Side *self, PyObject *args)
{
    PyObject *memory, *control, *bell;
    unsigned long long slots, stride;
    if (!PyArg_ParseTuple(args, "OOKKO", &memory, &control, &slots, &stride, &bell))
        return -1;
    if (slots == 0 || stride < SLOT_HEADER || stride % SLOT_HEADER || slots > SIZE_MAX / 2 / stride) {
        PyErr_Format(PyExc_ValueError, "%llu slots of %llu bytes make no ring", slots, stride);
        return -1;
    }
    size_t least = HEADER + sizeof(Indices) + (size_t)(slots * stride);
    if (take_buffer(memory, &self->memory, least, "the ring's segment") < 0)
        return -1;
    if (take_buffer(control, &self->control, HEADER + sizeof(ControlBlock), "the control block") < 0)
        return -1;
    char *base = self->memory.buf;
    self->indices = (Indices *)(base + HEADER);
    self->slot_base = base + HEADER + sizeof(Indices);
    self->current = &((ControlBlock *)((char *)self->control.buf + HEADER))->epoch.value;
    self->slots = slots;
    self->stride = stride;
    self->ring_bell = Py_NewRef(bell);
    /* partner of both: the release stores of the side that was here before and died */
    uint64_t head = atomic_load_explicit(&self->indices->head.value, memory_order_acquire);
    uint64_t tail = atomic_load_explicit(&self->indices->tail.value, memory_order_acquire);
    self->own = head;
    self->other = tail;
    return 0;
}

static void side_dealloc(Side *self)
{
    give_buffer(&self->memory);
    give_buffer(&self->control);
    Py_CLEAR(self->ring_bell);
    free_object((PyObject *)self);
}

static PyObject *side_close(Side *self, PyObject *Py_UNUSED(none))
{
    self->in_hand = 0;
    give_buffer(&self->memory);
    give_buffer(&self->control);
    Py_RETURN_NONE;
}

/* ---- producer ------------------------------------------------------------ */

static PyObject *producer_new(PyTypeObject *type, PyObject *args, PyObject *Py_UNUSED(kwargs))
{
    Side *self = (Side *)PyType_GenericAlloc(type, 0);
    if (self == NULL)
        return NULL;
    if (open_side(self, args) < 0)
        goto failed;
    /* The last published epoch, if that slot still holds it (with one slot, a producer
     * that died between writing the slot's header and moving head has overwritten it;
     * then the check against the control block alone keeps the order). */
    const SlotHeader *last = slot_at(self, self->own - 1);
    if (self->own != atomic_load_explicit(&self->indices->start.value, memory_order_relaxed) &&
        last->sequence == self->own - 1)
        self->epoch = last->epoch;
    /* A producer that died between publishing and ringing left the consumer asleep, and
     * may have taken the flag down before: so ring whatever the flag says. */
    if (ring_bell(self) < 0)
        goto failed;
    return (PyObject *)self;
failed:
    Py_DECREF(self);
    return NULL;
}

static uint64_t fresh_room(Side *self)
{
    /* partner: the release store of tail in hand_back; after it the slot is ours */
    self->other = atomic_load_explicit(&self->indices->tail.value, memory_order_acquire);
    return self->slots - (self->own - self->other);
}

static PyObject *producer_room(Side *self, PyObject *Py_UNUSED(none))
{
    return is_open(self) ? PyLong_FromUnsignedLongLong(fresh_room(self)) : NULL;
}

static PyObject *producer_claim(Side *self, PyObject *Py_UNUSED(none))
{
    if (!is_open(self))
        return NULL;
    if (self->own - self->other == self->slots && fresh_room(self) == 0) {
        if (!self->was_full) /* the only writer, so no read-modify-write is needed */
            atomic_store_explicit(
                &self->indices->stalls.value,
                atomic_load_explicit(&self->indices->stalls.value, memory_order_relaxed) + 1,
                memory_order_relaxed);
        self->was_full = 1;
        return PyLong_FromLong(-1);
    }
    self->was_full = 0;
    self->in_hand = 1;
    return slot_number(self);
}

static int epoch_allowed(const Side *self, uint64_t epoch, uint64_t current)
{
    if (epoch > current)
        PyErr_Format(PyExc_ValueError, "epoch %llu has not begun: the control block says %llu",
                     (unsigned long long)epoch, (unsigned long long)current);
    else if (epoch < self->epoch)
        PyErr_Format(PyExc_ValueError,
                     "epoch %llu after epoch %llu: epochs in one ring never decrease",
                     (unsigned long long)epoch, (unsigned long long)self->epoch);
    else
        return 1;
    return 0;
}

static PyObject *producer_publish(Side *self, PyObject *number)
{
    uint64_t epoch;
    if (!is_open(self) || to_epoch(number, &epoch) < 0)
        return NULL;
    if (!self->in_hand) {
        PyErr_SetString(PyExc_RuntimeError, "publish() without a claim() before it");
        return NULL;
    }
    /* partner: the fetch_add in control_advance */
    uint64_t current = atomic_load_explicit(self->current, memory_order_acquire);
    if (!epoch_allowed(self, epoch, current))
        return NULL;
    self->in_hand = 0;
    if (epoch < current)
        Py_RETURN_FALSE;
    SlotHeader *slot = slot_at(self, self->own);
    slot->sequence = self->own;
    slot->epoch = self->epoch = epoch;
    self->own += 1;
    /* partner: the acquire loads of head in consumer_poll, drop_stale, fall_asleep */
    atomic_store_explicit(&self->indices->head.value, self->own, memory_order_release);
    if (wake(self, &self->indices->consumer_sleeps) < 0)
        return NULL;
    Py_RETURN_TRUE;
}

static PyObject *producer_arm(Side *self, PyObject *Py_UNUSED(none))
{
    if (!is_open(self))
        return NULL;
    self->other = fall_asleep(&self->indices->producer_sleeps, &self->indices->tail);
    if (self->own - self->other == self->slots)
        Py_RETURN_TRUE;
    stay_awake(&self->indices->producer_sleeps);
    Py_RETURN_FALSE;
}

/* ---- consumer ------------------------------------------------------------ */

static PyObject *consumer_new(PyTypeObject *type, PyObject *args, PyObject *Py_UNUSED(kwargs))
{
    Side *self = (Side *)PyType_GenericAlloc(type, 0);
    if (self == NULL)
        return NULL;
    if (open_side(self, args) < 0)
        goto failed;
    uint64_t head = self->own;
    self->own = self->other; /* tail: a frame that the dead had in hand comes again */
    self->other = head;
    /* As in producer_new: the one before may have died between handing back and ringing. */
    if (ring_bell(self) < 0)
        goto failed;
    return (PyObject *)self;
failed:
    Py_DECREF(self);
    return NULL;
}

static void read_head(Side *self)
{
    /* partner: the release store of head in producer_publish; after it the frame is whole */
    self->other = atomic_load_explicit(&self->indices->head.value, memory_order_acquire);
}

static void hand_back(Side *self, uint64_t tail)
{
    self->own = tail;
    self->in_hand = 0;
    /* partner: the acquire loads of tail in fresh_room and fall_asleep */
    atomic_store_explicit(&self->indices->tail.value, tail, memory_order_release);
}

/* Epochs in a ring never decrease, so the live frames are a suffix: one look if none is
 * live, else a binary search for the first. One store frees them all. */
static int drop_stale(Side *self, uint64_t current)
{
    read_head(self);
    uint64_t low = self->own, high = self->other;
    if (slot_at(self, high - 1)->epoch < current)
        low = high;
    while (low != high) {
        uint64_t middle = low + (high - low) / 2;
        if (slot_at(self, middle)->epoch < current)
            low = middle + 1;
        else
            high = middle;
    }
    uint64_t gone = low - self->own;
    hand_back(self, low);
    /* After tail, so that dropped <= tail - start for whoever reads dropped first.
     * partner: the acquire load of dropped in ring_counters */
    uint64_t before = atomic_load_explicit(&self->indices->dropped.value, memory_order_relaxed);
    atomic_store_explicit(&self->indices->dropped.value, before + gone, memory_order_release);
    return wake(self, &self->indices->producer_sleeps);
}

static int take_in_hand(Side *self)
{
    const SlotHeader *slot = slot_at(self, self->own);
    if (slot->sequence != self->own) {
        PyErr_Format(PyExc_RuntimeError,
                     "frame %llu carries the sequence %llu: this ring has two producers",
                     (unsigned long long)self->own, (unsigned long long)slot->sequence);
        return -1;
    }
    self->epoch = slot->epoch;
    self->in_hand = 1;
    return 0;
}

static PyObject *consumer_poll(Side *self, PyObject *Py_UNUSED(none))
{
    if (!is_open(self))
        return NULL;
    if (!self->in_hand) {
        if (self->own == self->other)
            read_head(self);
        if (self->own == self->other)
            return PyLong_FromLong(-1);
    }
    /* partner: the fetch_add in control_advance */
    uint64_t current = atomic_load_explicit(self->current, memory_order_acquire);
    if (slot_at(self, self->own)->epoch < current) {
        if (drop_stale(self, current) < 0)
            return NULL;
        if (self->own == self->other)
            return PyLong_FromLong(-1);
    }
    return take_in_hand(self) < 0 ? NULL : slot_number(self);
}

static int holds_frame(const Side *self)
{
    if (self->in_hand)
        return 1;
    PyErr_SetString(PyExc_RuntimeError, "no frame in hand: poll() returns one first");
    return 0;
}

static PyObject *consumer_epoch(Side *self, void *Py_UNUSED(closure))
{
    return is_open(self) && holds_frame(self) ? PyLong_FromUnsignedLongLong(self->epoch) : NULL;
}

static PyObject *consumer_is_live(Side *self, PyObject *Py_UNUSED(none))
{
    if (!is_open(self))
        return NULL;
    /* partner: the fetch_add in control_advance */
    uint64_t current = atomic_load_explicit(self->current, memory_order_acquire);
    return PyBool_FromLong(self->in_hand && self->epoch >= current);
}

static PyObject *consumer_release(Side *self, PyObject *Py_UNUSED(none))
{
    if (!is_open(self) || !holds_frame(self))
        return NULL;
    hand_back(self, self->own + 1);
    if (wake(self, &self->indices->producer_sleeps) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *consumer_depth(Side *self, void *Py_UNUSED(closure))
{
    if (!is_open(self))
        return NULL;
    read_head(self);
    return PyLong_FromUnsignedLongLong(self->other - self->own);
}

static PyObject *consumer_arm(Side *self, PyObject *Py_UNUSED(none))
{
    if (!is_open(self))
        return NULL;
    self->other = fall_asleep(&self->indices->consumer_sleeps, &self->indices->head);
    if (self->own == self->other)
        Py_RETURN_TRUE;
    stay_awake(&self->indices->consumer_sleeps);
    Py_RETURN_FALSE;
}

/* ---- control block ------------------------------------------------------- */

typedef struct {
    PyObject_HEAD
    Py_buffer memory;
} Control;

static ControlBlock *block_of(const Control *self)
{
    if (self->memory.buf != NULL)
        return (ControlBlock *)((char *)self->memory.buf + HEADER);
    PyErr_SetString(PyExc_ValueError, "this control block is closed");
    return NULL;
}

static PyObject *control_new(PyTypeObject *type, PyObject *args, PyObject *Py_UNUSED(kwargs))
{
    PyObject *memory;
    if (!PyArg_ParseTuple(args, "O", &memory))
        return NULL;
    Control *self = (Control *)PyType_GenericAlloc(type, 0);
    if (self == NULL)
        return NULL;
    if (take_buffer(memory, &self->memory, HEADER + sizeof(ControlBlock), "a control block") == 0)
        return (PyObject *)self;
    Py_DECREF(self);
    return NULL;
}

static void control_dealloc(Control *self)
{
    give_buffer(&self->memory);
    free_object((PyObject *)self);
}

static PyObject *control_close(Control *self, PyObject *Py_UNUSED(none))
{
    give_buffer(&self->memory);
    Py_RETURN_NONE;
}

static PyObject *control_epoch(Control *self, void *Py_UNUSED(closure))
{
    ControlBlock *block = block_of(self);
    if (block == NULL)
        return NULL;
    /* partner: the fetch_add in control_advance */
    return PyLong_FromUnsignedLongLong(
        atomic_load_explicit(&block->epoch.value, memory_order_acquire));
}

static PyObject *control_advance(Control *self, PyObject *Py_UNUSED(none))
{
    ControlBlock *block = block_of(self);
    if (block == NULL)
        return NULL;
    /* partner: every acquire load of the epoch; seq_cst, so that all processes see the
     * interrupts of one session in one order with every other seq_cst operation */
    return PyLong_FromUnsignedLongLong(
        atomic_fetch_add_explicit(&block->epoch.value, 1, memory_order_seq_cst) + 1);
}

static _Atomic int64_t *word_of(const Control *self, Py_ssize_t word)
{
    ControlBlock *block = block_of(self);
    if (block == NULL)
        return NULL;
    if (word >= 0 && word < WORDS)
        return &block->words[word];
    PyErr_Format(PyExc_IndexError, "word %zd: a control block has words 0 to %d", word, WORDS - 1);
    return NULL;
}

static PyObject *control_load(Control *self, PyObject *number)
{
    Py_ssize_t index = PyNumber_AsSsize_t(number, PyExc_IndexError);
    if (index == -1 && PyErr_Occurred())
        return NULL;
    _Atomic int64_t *word = word_of(self, index);
    if (word == NULL)
        return NULL;
    /* partner: the release store in control_store */
    return PyLong_FromLongLong(atomic_load_explicit(word, memory_order_acquire));
}

static PyObject *control_store(Control *self, PyObject *args)
{
    Py_ssize_t index;
    long long value;
    if (!PyArg_ParseTuple(args, "nL", &index, &value))
        return NULL;
    _Atomic int64_t *word = word_of(self, index);
    if (word == NULL)
        return NULL;
    /* partner: the acquire load in control_load */
    atomic_store_explicit(word, value, memory_order_release);
    Py_RETURN_NONE;
}

/* ---- module functions ---------------------------------------------------- */

static PyObject *ring_begin(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *memory;
    unsigned long long start;
    if (!PyArg_ParseTuple(args, "OK", &memory, &start))
        return NULL;
    Py_buffer view;
    if (take_buffer(memory, &view, HEADER + sizeof(Indices), "the ring's segment") < 0)
        return NULL;
    Indices *indices = (Indices *)((char *)view.buf + HEADER);
    /* No partner: nobody else has the segment yet, and handing over its descriptor orders. */
    atomic_store_explicit(&indices->start.value, start, memory_order_relaxed);
    atomic_store_explicit(&indices->head.value, start, memory_order_relaxed);
    atomic_store_explicit(&indices->tail.value, start, memory_order_relaxed);
    PyBuffer_Release(&view);
    Py_RETURN_NONE;
}

static PyObject *ring_counters(PyObject *Py_UNUSED(module), PyObject *memory)
{
    Py_buffer view;
    if (take_buffer(memory, &view, HEADER + sizeof(Indices), "the ring's segment") < 0)
        return NULL;
    const Indices *indices = (const Indices *)((char *)view.buf + HEADER);
    uint64_t start = atomic_load_explicit(&indices->start.value, memory_order_relaxed);
    /* partner: the release store in drop_stale; dropped, tail, head in this order, so that
     * dropped <= tail - start <= head - start whatever happens meanwhile */
    uint64_t dropped = atomic_load_explicit(&indices->dropped.value, memory_order_acquire);
    uint64_t tail = atomic_load_explicit(&indices->tail.value, memory_order_acquire);
    uint64_t head = atomic_load_explicit(&indices->head.value, memory_order_acquire);
    uint64_t stalls = atomic_load_explicit(&indices->stalls.value, memory_order_relaxed);
    PyBuffer_Release(&view);
    return Py_BuildValue("KKKKK", (unsigned long long)(head - start),
                         (unsigned long long)(tail - start - dropped), (unsigned long long)dropped,
                         (unsigned long long)stalls, (unsigned long long)(head - tail));
}

/* ---- tables -------------------------------------------------------------- */

#define METHOD(name, function, flags) {name, (PyCFunction)(void (*)(void))function, flags, NULL}
#define GETTER(name, function) {name, (getter)function, NULL, NULL, NULL}

static PyMethodDef producer_methods[] = {
    METHOD("claim", producer_claim, METH_NOARGS), METHOD("publish", producer_publish, METH_O),
    METHOD("room", producer_room, METH_NOARGS),   METHOD("arm", producer_arm, METH_NOARGS),
    METHOD("close", side_close, METH_NOARGS),     {NULL, NULL, 0, NULL},
};

static PyMethodDef consumer_methods[] = {
    METHOD("poll", consumer_poll, METH_NOARGS),       METHOD("release", consumer_release, METH_NOARGS),
    METHOD("is_live", consumer_is_live, METH_NOARGS), METHOD("arm", consumer_arm, METH_NOARGS),
    METHOD("close", side_close, METH_NOARGS),         {NULL, NULL, 0, NULL},
};

static PyMethodDef control_methods[] = {
    METHOD("advance", control_advance, METH_NOARGS), METHOD("load", control_load, METH_O),
    METHOD("store", control_store, METH_VARARGS),    METHOD("close", control_close, METH_NOARGS),
    {NULL, NULL, 0, NULL},
};

static PyMethodDef module_functions[] = {
    METHOD("begin", ring_begin, METH_VARARGS),
    METHOD("counters", ring_counters, METH_O),
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef consumer_getters[] = {
    GETTER("epoch", consumer_epoch), GETTER("depth", consumer_depth), {NULL, NULL, NULL, NULL, NULL}};

static PyGetSetDef control_getters[] = {
    GETTER("epoch", control_epoch), {NULL, NULL, NULL, NULL, NULL}};

static PyType_Slot producer_slots[] = {
    {Py_tp_new, producer_new}, {Py_tp_dealloc, side_dealloc}, {Py_tp_methods, producer_methods}, {0, NULL}};

static PyType_Slot consumer_slots[] = {
    {Py_tp_new, consumer_new}, {Py_tp_dealloc, side_dealloc}, {Py_tp_methods, consumer_methods},
    {Py_tp_getset, consumer_getters}, {0, NULL}};

static PyType_Slot control_slots[] = {
    {Py_tp_new, control_new}, {Py_tp_dealloc, control_dealloc}, {Py_tp_methods, control_methods},
    {Py_tp_getset, control_getters}, {0, NULL}};

static PyType_Spec type_specs[] = {
    {"ringbuf._ring.Producer", sizeof(Side), 0, Py_TPFLAGS_DEFAULT, producer_slots},
    {"ringbuf._ring.Consumer", sizeof(Side), 0, Py_TPFLAGS_DEFAULT, consumer_slots},
    {"ringbuf._ring.Control", sizeof(Control), 0, Py_TPFLAGS_DEFAULT, control_slots},
};

static int fill_module(PyObject *module)
{
    for (size_t i = 0; i < sizeof type_specs / sizeof *type_specs; i++) {
        PyObject *type = PyType_FromModuleAndSpec(module, &type_specs[i], NULL);
        if (type == NULL)
            return -1;
        int added = PyModule_AddObjectRef(module, strrchr(type_specs[i].name, '.') + 1, type);
        Py_DECREF(type);
        if (added < 0)
            return -1;
    }
    if (PyModule_AddIntConstant(module, "HEADER", HEADER) < 0 ||
        PyModule_AddIntConstant(module, "SLOT_HEADER", SLOT_HEADER) < 0 ||
        PyModule_AddIntConstant(module, "FIRST_SLOT", HEADER + (long)sizeof(Indices)) < 0 ||
        PyModule_AddIntConstant(module, "CONTROL_SIZE", HEADER + (long)sizeof(ControlBlock)) < 0)
        return -1;
    return PyModule_AddIntConstant(module, "WORDS", WORDS);
}

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, fill_module}, {0, NULL}};

static struct PyModuleDef module_definition = {
    PyModuleDef_HEAD_INIT, "_ring", NULL, 0, module_functions, module_slots, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__ring(void)
{
    return PyModuleDef_Init(&module_definition);
}
