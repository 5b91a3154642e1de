using Blindsight.Arithmetic;
using Blindsight.Mpc.Channels;

namespace Blindsight.Inference.Deployments.Leveled;

/// <summary>Messages of the deployment in which one party evaluates ciphertexts under the other's key; numbers that no other deployment uses.</summary>
internal static class LeveledTag
{
    public const ushort Hello = 160, Contract = 161, RelinearizationKey = 162, RotationKeys = 163, Query = 164, Input = 165, Progress = 166, Output = 167;
}

/// <summary>The first message, and what both sides know of numbers that travel.</summary>
internal static class LeveledWire
{
    public const int ContractBytesMax = 256 << 20;

    /// <summary>Most bytes of rotation keys, which the client makes because the server names them.</summary>
    public const long RotationKeyBytesMax = 1L << 30;

    /// <summary>
    /// Noise as it is declared with an output: the estimate, rounded up to a power of four. The estimate itself follows from bounds of the weights, which
    /// are the model's owner's; so little more than the size of the network can be told from it.
    /// </summary>
    public static double Declared(double deviation) => Math.Pow(4, Math.Ceiling(Math.Log(Math.Max(1, deviation), 4)));

    /// <summary>Magic and version.</summary>
    public static ReadOnlySpan<byte> Hello => "BLHE\u0001"u8;

    public static T Checked<T>(string step, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception malformed) when (malformed is FormatException or ParameterException)
        {
            throw new ProtocolException(PeerFault.MalformedMessage, step, malformed.Message, malformed);
        }
    }
}
