/** Something is due for delivery. The job says no more: what is due is in the rows. */
export const DELIVERY_QUEUE = 'deliveries-due';
