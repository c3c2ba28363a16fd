/* Rings of nodes that lie inside the elements; the head is a node without an element. */
#ifndef OSSR_AOS_LIST_H
#define OSSR_AOS_LIST_H

#include "apr_general.h"

typedef struct aos_list_s aos_list_t;

struct aos_list_s {
  aos_list_t *next, *prev;
};

#define aos_list_head_init(name) { &(name), &(name) }
#define aos_list_init(head) ossr_list_init(head)

static APR_INLINE void ossr_list_init(aos_list_t *head) {
  head->next = head;
  head->prev = head;
}

static APR_INLINE void ossr_list_insert(aos_list_t *node, aos_list_t *before, aos_list_t *after) {
  node->prev = before;
  node->next = after;
  before->next = node;
  after->prev = node;
}

/* As the first element. */
static APR_INLINE void aos_list_add(aos_list_t *node, aos_list_t *head) {
  ossr_list_insert(node, head, head->next);
}

/* As the last element. */
static APR_INLINE void aos_list_add_tail(aos_list_t *node, aos_list_t *head) {
  ossr_list_insert(node, head->prev, head);
}

static APR_INLINE void aos_list_del(aos_list_t *node) {
  node->prev->next = node->next;
  node->next->prev = node->prev;
  ossr_list_init(node);
}

static APR_INLINE int aos_list_empty(const aos_list_t *head) { return head->next == head; }

/* Everything goes to `to`, whatever was in it; `from` is empty then. */
static APR_INLINE void aos_list_movelist(aos_list_t *from, aos_list_t *to) {
  ossr_list_init(to);
  if (!aos_list_empty(from)) {
    *to = *from;
    to->next->prev = to;
    to->prev->next = to;
    ossr_list_init(from);
  }
}

/* The element around a node. */
#define aos_list_entry(node, type, member) \
  ((type *)(void *)((char *)(node)-APR_OFFSETOF(type, member)))

#define aos_list_get_first(head, type, member) \
  (aos_list_empty(head) ? NULL : aos_list_entry((head)->next, type, member))
#define aos_list_get_last(head, type, member) \
  (aos_list_empty(head) ? NULL : aos_list_entry((head)->prev, type, member))

#define aos_list_for_each_entry(type, pos, head, member)                         \
  for (pos = aos_list_entry((head)->next, type, member); &pos->member != (head); \
       pos = aos_list_entry(pos->member.next, type, member))
#define aos_list_for_each_entry_reverse(type, pos, head, member)                 \
  for (pos = aos_list_entry((head)->prev, type, member); &pos->member != (head); \
       pos = aos_list_entry(pos->member.prev, type, member))

/* These know the next element `n` before the body runs, which may take `pos` out. */
#define aos_list_for_each_entry_safe(type, pos, n, head, member) \
  for (pos = aos_list_entry((head)->next, type, member),         \
      n = aos_list_entry(pos->member.next, type, member);        \
       &pos->member != (head);                                   \
       pos = n, n = aos_list_entry(n->member.next, type, member))
#define aos_list_for_each_entry_safe_reverse(type, pos, n, head, member) \
  for (pos = aos_list_entry((head)->prev, type, member),                 \
      n = aos_list_entry(pos->member.prev, type, member);                \
       &pos->member != (head);                                           \
       pos = n, n = aos_list_entry(n->member.prev, type, member))

#endif
