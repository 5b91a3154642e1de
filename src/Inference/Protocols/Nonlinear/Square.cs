using System.Runtime.InteropServices;
using Blindsight.Arithmetic.Bits;
using Blindsight.Inference.Costs;
using Blindsight.Mpc.Channels;
using Blindsight.Mpc.Correlations;

namespace Blindsight.Inference.Protocols.Nonlinear;

/// <summary>
/// Functionality: additive shares modulo 2^l of n numbers x become shares modulo 2^k of q^2, q being x / 2^d rounded up or down at random with
/// the right mean (exact where nothing is lost). For x in [0, 2^(l-1)) or, where signed, in [-2^(l-2), 2^(l-2)]. Security: semi-honest, by one random-choice OT
/// for each bit that is left and two more (<see cref="AdditivePadSender"/>). Source: products bit by bit after Gilboa (1999); the known-msb wrap of
/// Cheetah (section 4.2). The composition is ours: online the server alone speaks, in one message, where the client's share is known before.
/// </summary>
/// <remarks>
/// In w = l - d bits, the server having added 2^d - 1 first, shares c + s = q + o modulo 2^w, with an offset o by which q + o is at least -1 and below
/// 2^(w-1). Then q = A + m B + L: A = signed(c) - o and B = 2^w t - 2^(w-1), t the top bit of c, are the client's; m, the top bit of s, and L, its
/// others, the server's. With G = (2 t - 1) A + 2^(w-2),
///   q^2 = A^2 + L^2 + 2 A L + 2^w m G - 2^w m L + 2^(w+1) t (m L).
/// 1. The server's choices in w - 1 transfers, random, are the bits of R; the client's number in all is A: both have shares of A R. Online
///    L = R + e - 2^(w-1) z, where e = L - R modulo 2^(w-1), which the client gets, and z is the wrap.
/// 2. Two more random choices stand for z and m, the client's numbers being A and G; the client gets what they differ by from z and m.
/// 3. t (m L) is an <see cref="AdditiveTransfer"/> from the server.
/// Where the client does not know A beforehand, random numbers take the places of A and G, and the differences travel online.
/// </remarks>
internal sealed class Square
{
    /// <summary>Least w.</summary>
    public const int LeastBits = 4;

    private readonly int _elements, _ringBits, _inputShift, _bits, _resultBits, _highBits;
    private readonly bool _knownOffline;
    private readonly uint _offset;
    private readonly AdditiveTransfer _both;

    /// <param name="ringBits">l.</param>
    /// <param name="inputShift">d, so that w is 6 at least.</param>
    /// <param name="resultBits">k, at least w + 2 and at most 32.</param>
    /// <param name="knownOffline">Whether the client knows its share before the input.</param>
    /// <exception cref="ArgumentException">k or w is out of range.</exception>
    public Square(int elements, int ringBits, bool signed, int inputShift, int resultBits, bool knownOffline)
    {
        (_elements, _ringBits, _inputShift, _resultBits, _knownOffline) = (elements, ringBits, inputShift, resultBits, knownOffline);
        _bits = ringBits - inputShift;
        // Fewer would leave random bits without a transfer, and so what they hide open.
        if (_bits < LeastBits || resultBits < _bits + 2 || resultBits > 32) throw new ArgumentException("The widths of a square do not fit.");
        _highBits = resultBits - _bits;
        _offset = (signed ? 1u << (_bits - 2) : 0) - 1;
        _both = new AdditiveTransfer(elements, _highBits - 1, Role.Server);
    }

    /// <summary>The products; where the client's share is known, its top bits too.</summary>
    public void Prepare(Script script)
    {
        _both.Prepare(script);
        for (int start = 0; start < _elements; start += Chunks.Triples)
        {
            int end = Math.Min(start + Chunks.Triples, _elements);
            for (int from = start; from < end; from += Chunks.Elements)
                for (int product = 0, count = Chunks.At(from, _elements); product < Products; product++)
                {
                    script.Extends(Role.Client, count);
                    script.Does(Role.Client, Work.PadsSent, count, ProductBits(product));
                    script.Does(Role.Client, Work.CorrectionsSent, count, ProductBits(product));
                    script.Does(Role.Server, Work.PadsReceived, count, ProductBits(product));
                    script.Both(Work.Element, 2.0 * count);
                }
            for (int from = start; from < end; from += Chunks.Elements)
            {
                int count = Chunks.At(from, _elements);
                script.Message(Role.Client, MessageBytes(count));
                for (int product = 0; product < Products; product++) script.Does(Role.Server, Work.CorrectionsReceived, count, ProductBits(product));
            }
        }
        if (_knownOffline) _both.Choices(script);
    }

    /// <inheritdoc cref="FixNumbers(Party, Correlation, ReadOnlySpan{uint})"/>
    public void FixNumbers(Script script)
    {
        if (_knownOffline) return;
        _both.Choices(script);
        for (int from = 0; from < _elements; from += Chunks.Elements)
        {
            int count = Chunks.At(from, _elements);
            script.Both(Work.Element, 4.0 * count);
            script.Message(Role.Client, Bytes(count, _resultBits - 1) + Bytes(count, _highBits));
        }
    }

    /// <summary>The online message.</summary>
    public void Run(Script script)
    {
        for (int from = 0; from < _elements; from += Chunks.Elements)
        {
            int count = Chunks.At(from, _elements);
            script.Does(Role.Server, Work.Element, 8.0 * count);
            script.Message(Role.Server, Bytes(count, _bits + 1));
            script.Does(Role.Client, Work.Element, 6.0 * count);
            script.Does(Role.Server, Work.CorrectionsSent, count, _highBits - 1);
            script.Message(Role.Server, Bytes(count, _highBits - 1));
            script.Does(Role.Client, Work.CorrectionsReceived, count, _highBits - 1);
        }
    }

    /// <summary>Makes the products with random choices.</summary>
    /// <param name="share">At the client, where it is known, its share of x.</param>
    public Correlation Prepare(Party party, ReadOnlySpan<uint> share)
    {
        Correlation correlation = new(_elements, _both.Prepare(party));
        if (party.IsServer) ReceiveProducts(party, correlation);
        else SendProducts(party, correlation, share);
        if (_knownOffline) FixTop(party, correlation, share);
        return correlation;
    }

    /// <summary>Sends what depends on the client's share, where that was not known before; nothing elsewhere.</summary>
    public void FixNumbers(Party party, Correlation correlation, ReadOnlySpan<uint> share)
    {
        if (_knownOffline) return;
        FixTop(party, correlation, share);
        int run = Math.Min(Chunks.Elements, _elements);
        using Rented<uint> numbers = new(2 * run);
        using Rented<byte> message = new(Bytes(run, _resultBits - 1) + Bytes(run, _highBits));
        for (int from = 0; from < _elements; from += Chunks.Elements)
        {
            int count = Chunks.At(from, _elements), split = Bytes(count, _resultBits - 1);
            Span<byte> packed = message.Span[..(split + Bytes(count, _highBits))];
            Span<uint> low = numbers.Span[..count], high = numbers.Span.Slice(run, count);
            Span<uint> heldLow = correlation.Numbers.AsSpan(from, count), heldHigh = correlation.HighNumbers.AsSpan(from, count);
            if (party.IsServer)
            {
                party.Channel.Receive(MessageTag.SquareNumbers, packed);
                Wire.Unpack(packed[..split], _resultBits - 1, heldLow, "numbers of squares");
                Wire.Unpack(packed[split..], _highBits, heldHigh, "numbers of squares");
                continue;
            }
            OwnNumbers(share.Slice(from, count), low, high);
            for (int i = 0; i < count; i++) (low[i], high[i]) = (low[i] - heldLow[i], high[i] - heldHigh[i]);
            BitPacking.Pack<uint>(low, _resultBits - 1, packed[..split]);
            BitPacking.Pack<uint>(high, _highBits, packed[split..]);
            party.Channel.Send(MessageTag.SquareNumbers, packed);
        }
    }

    /// <summary>The online message, and the party's share of the squares, meaningful modulo 2^k.</summary>
    /// <param name="square">May be <paramref name="share"/>.</param>
    public void Run(Party party, Correlation correlation, ReadOnlySpan<uint> share, Span<uint> square)
    {
        correlation.Consume();
        int run = Math.Min(Chunks.Elements, _elements);
        using Rented<uint> opened = new(run), products = new(run);
        using Rented<byte> message = new(Bytes(run, _bits + 1));
        for (int from = 0; from < _elements; from += Chunks.Elements)
        {
            int count = Chunks.At(from, _elements);
            Span<byte> packed = message.Span[..Bytes(count, _bits + 1)];
            Span<uint> differences = opened.Span[..count], both = products.Span[..count];
            if (party.IsServer)
            {
                Server(correlation, from, share.Slice(from, count), square.Slice(from, count), differences, both);
                BitPacking.Pack<uint>(differences, _bits + 1, packed);
                party.Channel.Send(MessageTag.SquareOpening, packed);
                _both.SendCorrections(party, correlation.Both, from, both, both);
            }
            else
            {
                party.Channel.Receive(MessageTag.SquareOpening, packed);
                Wire.Unpack(packed, _bits + 1, differences, "opening of squares");
                Client(correlation, from, share.Slice(from, count), square.Slice(from, count), differences);
                _both.ReceiveCorrections(party, correlation.Both, from, both);
            }
            Span<uint> to = square.Slice(from, count);
            for (int i = 0; i < count; i++) to[i] += both[i] << (_bits + 1);
        }
    }

    private int Digits => _bits - 1;

    /// <summary>Products of step 1, then two of step 2.</summary>
    private int Products => Digits + 2;

    private int ProductBits(int product) => product < Digits ? _resultBits - 1 - product : _highBits;

    private int MessageBytes(int count) => Enumerable.Range(0, Products).Sum(product => Bytes(count, ProductBits(product)));

    private static int Bytes(int count, int bits) => BitPacking.PackedBytes(count, bits);

    private void SendProducts(Party party, Correlation correlation, ReadOnlySpan<uint> share)
    {
        if (_knownOffline) OwnNumbers(share, correlation.Numbers, correlation.HighNumbers);
        else
        {
            party.Randomness.Fill<uint>(correlation.Numbers);
            party.Randomness.Fill<uint>(correlation.HighNumbers);
        }
        int run = Math.Min(Chunks.Elements, _elements), runs = (Math.Min(Chunks.Triples, _elements) + run - 1) / run, bytes = MessageBytes(run);
        using Rented<Block> blocks = new(run);
        using Rented<uint> scratch = new(3 * run);
        using Rented<byte> messages = new(runs * bytes);
        for (int start = 0; start < _elements; start += Chunks.Triples)
        {
            int end = Math.Min(start + Chunks.Triples, _elements);
            for (int from = start; from < end; from += Chunks.Elements)
                MakeProducts(party, correlation, from, blocks.Span[..Chunks.At(from, _elements)], scratch.Span, Message(from));
            for (int from = start; from < end; from += Chunks.Elements) party.Channel.Send(MessageTag.TransferCorrections, Message(from));

            Span<byte> Message(int from) => messages.Span.Slice((from - start) / Chunks.Elements * bytes, MessageBytes(Chunks.At(from, _elements)));
        }
    }

    /// <summary>The client's products of a run and what it sends for them.</summary>
    private void MakeProducts(Party party, Correlation correlation, int from, Span<Block> blocks, Span<uint> scratch, Span<byte> message)
    {
        int count = blocks.Length;
        Span<uint> zero = scratch[..count], one = scratch.Slice(count, count), made = scratch.Slice(2 * count, count);
        using Rented<ulong> asDrawn = new(BitPlanes.PlaneWords(count));
        asDrawn.Span.Clear();
        for (int product = 0; product < Products; product++)
        {
            int bits = ProductBits(product);
            ulong first = party.Sender.Extend(blocks);
            AdditivePadSender.Generate(bits, party.SenderHash, first, blocks, party.Sender.Delta, zero, one);
            ReadOnlySpan<uint> number = (product > Digits ? correlation.HighNumbers : correlation.Numbers).AsSpan(from, count);
            for (int i = 0; i < made.Length; i++) made[i] = number[i] & Ring.Mask(bits);
            AdditivePadSender.Mask(bits, zero, one, asDrawn.Span, made, made, message[..Bytes(count, bits)]);
            message = message[Bytes(count, bits)..];
            Keep(correlation, from, product, made);
        }
    }

    /// <summary>
    /// Draws for many elements before it listens, as the client does before it sends: drawing has messages of its own, and every change of turns
    /// takes time.
    /// </summary>
    private void ReceiveProducts(Party party, Correlation correlation)
    {
        int run = Math.Min(Chunks.Elements, _elements), words = BitPlanes.PlaneWords(run);
        int draws = Products * ((Math.Min(Chunks.Triples, _elements) + run - 1) / run);
        using Rented<Block> blocks = new(run);
        using Rented<uint> pads = new(draws * run), products = new(run);
        using Rented<ulong> choices = new(draws * words);
        using Rented<byte> message = new(MessageBytes(run));
        for (int start = 0; start < _elements; start += Chunks.Triples)
        {
            int end = Math.Min(start + Chunks.Triples, _elements);
            for (int from = start, at = 0; from < end; from += Chunks.Elements)
                for (int product = 0, count = Chunks.At(from, _elements); product < Products; product++, at++)
                    Draw(party, correlation, from, product, blocks.Span[..count], choices.Span.Slice(at * words, BitPlanes.PlaneWords(count)),
                        pads.Span.Slice(at * run, count));
            for (int from = start, at = 0; from < end; from += Chunks.Elements)
            {
                int count = Chunks.At(from, _elements), read = 0;
                Span<byte> packed = message.Span[..MessageBytes(count)];
                Span<uint> made = products.Span[..count];
                party.Channel.Receive(MessageTag.TransferCorrections, packed);
                for (int product = 0; product < Products; product++, at++)
                {
                    int bits = ProductBits(product), bytes = Bytes(count, bits);
                    AdditivePadReceiver.Unmask(bits, packed.Slice(read, bytes), choices.Span.Slice(at * words, BitPlanes.PlaneWords(count)),
                        pads.Span.Slice(at * run, count), made);
                    read += bytes;
                    Keep(correlation, from, product, made);
                }
            }
        }
    }

    private void Draw(Party party, Correlation correlation, int from, int product, Span<Block> blocks, Span<ulong> choices, Span<uint> pads)
    {
        ulong first = party.Receiver.Extend(blocks);
        AdditivePadReceiver.Generate(ProductBits(product), party.ReceiverHash, first, blocks, choices, pads);
        Span<uint> random = correlation.Random.AsSpan(from, blocks.Length);
        for (int i = 0; i < random.Length; i++) random[i] |= (uint)(choices[i >> 6] >> i & 1) << product;
    }

    private void Keep(Correlation correlation, int from, int product, ReadOnlySpan<uint> share)
    {
        uint[] kept = product < Digits ? correlation.Product : product == Digits ? correlation.Wrap : correlation.Top;
        int shift = product < Digits ? product : 0;
        Span<uint> to = kept.AsSpan(from, share.Length);
        for (int i = 0; i < to.Length; i++) to[i] += share[i] << shift;
    }

    /// <summary>The top bits of the client's shares become its choices of step 3.</summary>
    private void FixTop(Party party, Correlation correlation, ReadOnlySpan<uint> share)
    {
        if (party.IsServer)
        {
            _both.ReceiveChoices(party, correlation.Both);
            return;
        }
        using Rented<ulong> top = new(BitPlanes.PlaneWords(_elements));
        using Rented<uint> rented = new(Math.Min(Chunks.Elements, _elements));
        for (int from = 0; from < _elements; from += Chunks.Elements)
        {
            Span<uint> bits = rented.Span[..Chunks.At(from, _elements)];
            for (int i = 0; i < bits.Length; i++) bits[i] = (share[from + i] >> (_ringBits - 1)) & 1;
            BitPlanes.Split<uint>(bits, 1, top.Span.Slice(from / 64, BitPlanes.PlaneWords(bits.Length)));
        }
        _both.SendChoices(party, correlation.Both, top.Span);
    }

    /// <summary>A and G.</summary>
    private void OwnNumbers(ReadOnlySpan<uint> share, Span<uint> numbers, Span<uint> high)
    {
        uint quarter = 1u << (_bits - 2);
        for (int i = 0; i < share.Length; i++)
        {
            uint c = (share[i] & Ring.Mask(_ringBits)) >> _inputShift, minus = (c >> (_bits - 1)) - 1;
            numbers[i] = (uint)Ring.Signed(c, _bits) - _offset;
            high[i] = ((numbers[i] ^ minus) - minus) + quarter;
        }
    }

    /// <summary>The server's part but for step 3, what it opens, and its numbers of step 3.</summary>
    private void Server(Correlation held, int from, ReadOnlySpan<uint> share, Span<uint> square, Span<uint> opened, Span<uint> both)
    {
        uint low = Ring.Mask(_bits - 1), up = (1u << _inputShift) - 1, bothMask = Ring.Mask(_highBits - 1);
        int top = _bits - 1;
        for (int i = 0; i < share.Length; i++)
        {
            uint s = (((share[i] + up) & Ring.Mask(_ringBits)) >> _inputShift) + _offset, random = held.Random[from + i];
            uint m = (s >> top) & 1, others = s & low, r = random & low, e = (others - r) & low, z = (r + e) >> top;
            uint wrapDiffers = z ^ ((random >> top) & 1), topDiffers = m ^ ((random >> _bits) & 1);
            opened[i] = e | wrapDiffers << top | topDiffers << _bits;
            // Zero where the client's numbers were known: A, G less the numbers of the preparation.
            uint number = held.Numbers[from + i], highNumber = held.HighNumbers[from + i];
            uint wrap = Signed(held.Wrap[from + i], wrapDiffers) + (number & (0u - z));
            uint high = Signed(held.Top[from + i], topDiffers) + (highNumber & (0u - m));
            uint mL = others & (0u - m);
            both[i] = mL & bothMask;
            square[i] = others * others + 2 * (held.Product[from + i] + number * r) + ((high - wrap - mL) << _bits);
        }
    }

    /// <summary>The client's part but for step 3.</summary>
    private void Client(Correlation held, int from, ReadOnlySpan<uint> share, Span<uint> square, ReadOnlySpan<uint> opened)
    {
        uint low = Ring.Mask(_bits - 1);
        for (int i = 0; i < share.Length; i++)
        {
            uint a = (uint)Ring.Signed((share[i] & Ring.Mask(_ringBits)) >> _inputShift, _bits) - _offset;
            uint e = opened[i] & low, wrapDiffers = (opened[i] >> (_bits - 1)) & 1, topDiffers = opened[i] >> _bits;
            uint wrap = Signed(held.Wrap[from + i], wrapDiffers) + (held.Numbers[from + i] & (0u - wrapDiffers));
            uint high = Signed(held.Top[from + i], topDiffers) + (held.HighNumbers[from + i] & (0u - topDiffers));
            square[i] = a * a + 2 * (held.Product[from + i] + a * e) + ((high - wrap) << _bits);
        }
    }

    /// <summary>The number, negated where the bit is set.</summary>
    private static uint Signed(uint number, uint bit) => (number ^ (0u - bit)) + bit;

    /// <summary>One party's material; used once.</summary>
    internal sealed class Correlation(int elements, AdditiveTransfer.Correlation both)
    {
        private bool _consumed;

        /// <summary>At the client the numbers of the preparation; at the server what A and G are more than those.</summary>
        public uint[] Numbers { get; } = new uint[elements];
        public uint[] HighNumbers { get; } = new uint[elements];

        /// <summary>At the server: R in the low bits, then the random bits for z and m.</summary>
        public uint[] Random { get; } = new uint[elements];

        /// <summary>Shares of the number times R, and of it and G times the random bits.</summary>
        public uint[] Product { get; } = new uint[elements];
        public uint[] Wrap { get; } = new uint[elements];
        public uint[] Top { get; } = new uint[elements];

        public AdditiveTransfer.Correlation Both { get; } = both;

        /// <exception cref="InvalidOperationException">It was used before.</exception>
        public void Consume()
        {
            if (_consumed) throw new InvalidOperationException("A square's correlation is used once.");
            _consumed = true;
        }
    }
}
