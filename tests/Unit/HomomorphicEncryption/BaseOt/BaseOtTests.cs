using Blindsight.Arithmetic.Randomness;
using Blindsight.HomomorphicEncryption.BaseOt;

namespace Blindsight.Unit.HomomorphicEncryption.BaseOt;

public sealed class BaseOtTests
{
    private static readonly byte[] Session = [1, 2, 3];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void The_receiver_obtains_the_key_of_its_choice_and_not_the_other(ulong seed)
    {
        byte[] choices = new byte[16], zero = new byte[2048], one = new byte[2048], chosen = new byte[2048];
        using Prg client = Prg.Derive([], "receiver", seed), server = Prg.Derive([], "sender", seed);
        client.Fill(choices);
        using BaseOtReceiver receiver = new(Session, choices, client);
        receiver.Finish(BaseOtSender.Respond(Session, receiver.Request, server, zero, one), chosen);
        for (int transfer = 0; transfer < 128; transfer++)
        {
            bool choice = (choices[transfer / 8] >> (transfer % 8) & 1) == 1;
            Assert.Equal(Key(choice ? one : zero, transfer), Key(chosen, transfer));
            Assert.NotEqual(Key(choice ? zero : one, transfer), Key(chosen, transfer));
        }
    }

    [Fact]
    public void Another_session_gives_other_keys()
    {
        byte[] zero = new byte[2048], one = new byte[2048], chosen = new byte[2048];
        using Prg client = Prg.Derive([], "receiver", 1), server = Prg.Derive([], "sender", 1);
        using BaseOtReceiver receiver = new(Session, new byte[16], client);
        receiver.Finish(BaseOtSender.Respond([9], receiver.Request, server, zero, one), chosen);
        for (int transfer = 0; transfer < 128; transfer++) Assert.NotEqual(Key(zero, transfer), Key(chosen, transfer));
    }

    [Fact]
    public void Malformed_messages_are_refused()
    {
        using Prg randomness = Prg.Derive([], "malformed", 1);
        using BaseOtReceiver receiver = new(Session, new byte[16], randomness);
        byte[] keys = new byte[2048];
        byte[] saturated = [.. receiver.Request.Select(_ => (byte)0xff)];
        Assert.Throws<FormatException>(() => BaseOtSender.Respond(Session, receiver.Request.AsSpan(1), randomness, keys, keys));
        Assert.Throws<FormatException>(() => BaseOtSender.Respond(Session, saturated, randomness, keys, keys));
        Assert.Throws<FormatException>(() => receiver.Finish(saturated.AsSpan(0, BaseOtSender.ResponseBytes), keys));
        Assert.Throws<FormatException>(() => receiver.Finish(new byte[BaseOtSender.ResponseBytes - 1], keys));
    }

    [Fact]
    public void Slots_multiply_slot_by_slot()
    {
        const int Size = 4096;
        SlotEncoder encoder = new(Size);
        uint[] x = new uint[Size], y = new uint[Size], product = new uint[Size];
        (x[1], x[Size - 1], y[3], y[Size - 2]) = (5, 65536, 7, 11);
        foreach ((int i, int j) in new[] { (1, 3), (1, Size - 2), (Size - 1, 3), (Size - 1, Size - 2) })
        {
            ulong value = (ulong)x[i] * y[j] % 65537;
            int at = (i + j) % Size;
            product[at] = (uint)((product[at] + (i + j >= Size ? 65537 - value : value)) % 65537);
        }
        encoder.ToSlots(x);
        encoder.ToSlots(y);
        uint[] slots = [.. x.Zip(y, (a, b) => (uint)((ulong)a * b % 65537))];
        encoder.ToCoefficients(slots);
        Assert.Equal(product, slots);
    }

    [Fact]
    public void Buffers_of_the_wrong_length_are_refused()
    {
        using Prg randomness = Prg.Derive([], "lengths", 1);
        using BaseOtReceiver receiver = new(Session, new byte[16], randomness);
        byte[] keys = new byte[2048], few = new byte[2032];
        Assert.Throws<ArgumentException>(() => new BaseOtReceiver(Session, new byte[15], randomness));
        Assert.Throws<ArgumentException>(() => BaseOtSender.Respond(Session, receiver.Request, randomness, few, keys));
        Assert.Throws<ArgumentException>(() => receiver.Finish(new byte[BaseOtSender.ResponseBytes], few));
    }

    private static byte[] Key(byte[] keys, int transfer) => keys[(transfer * 16)..(transfer * 16 + 16)];
}
