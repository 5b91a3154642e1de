using System.Collections.Immutable;
using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Tensors;
using Blindsight.Enclave.Wire;
using Blindsight.HomomorphicEncryption.Ckks;

namespace Blindsight.Enclave.Contract;

/// <summary>
/// All that the room is to do for a model: which keys it makes, what it encrypts and decrypts and how that lies in slots, and the functions that it applies.
/// Public, and the same for everybody; it has no weight. What it is made from stays outside.
/// </summary>
/// <param name="Slots">Of a ciphertext: those of <see cref="LeveledParameters.Of"/> the depth.</param>
/// <param name="Images">Of one query, at most.</param>
/// <param name="Depth">Levels that parameters have beyond the first.</param>
/// <param name="Rotations">In slots, ascending: keys for these, and no others, leave the room.</param>
/// <param name="Values">What the room writes or reads.</param>
/// <param name="Refreshes">In the order in which they come.</param>
public sealed record RoomContract(
    string Model, int Slots, int Images, int Depth, ImmutableArray<int> Rotations, ImmutableArray<RoomValue> Values,
    ImmutableArray<RoomInput> Inputs, ImmutableArray<RoomRefresh> Refreshes, ImmutableArray<RoomOutput> Outputs)
{
    /// <summary>Version of the format.</summary>
    public const int Format = 1;

    /// <summary>What no slot exceeds: elements are divided by powers of two until it is so.</summary>
    public const double Magnitude = 1;

    /// <summary>Where a source is this, there is none.</summary>
    public const int Nothing = -1;

    /// <summary>How a value lies in slots.</summary>
    public SlotLayout LayoutOf(int value) => new(Slots, Images, Values[value].Elements);

    /// <summary>The contract's canonical bytes: what parties hash and compare.</summary>
    public byte[] Write() => RoomContractCodec.Write(this);

    /// <summary>Reads what anybody may have sent.</summary>
    /// <exception cref="RoomException">ContractRefused: it is none, or none that could be worked by; UnsupportedVersion: of another format.</exception>
    public static RoomContract Read(ReadOnlySpan<byte> bytes)
    {
        try
        {
            RoomContract contract = RoomContractCodec.Read(bytes);
            RoomContractRules.Check(contract);
            return contract;
        }
        catch (Exception refused) when (refused is ParameterException || refused is RoomException { Fault: RoomFault.Malformed })
        {
            throw new RoomException(RoomFault.ContractRefused, refused.Message, refused);
        }
    }
}

/// <summary>Numbers in ciphertexts, as the room sees them.</summary>
/// <param name="Elements">Of one image.</param>
/// <param name="Exponent">Slots hold elements divided by 2^Exponent.</param>
/// <param name="Scale">Of its ciphertexts.</param>
/// <param name="Deviation">
/// Bound of the deviation of the noise of each coefficient, as it follows from the circuit: the claims of ciphertexts may be less, never more.
/// </param>
public sealed record RoomValue(int Elements, int Exponent, double Scale, double Deviation);

/// <summary>An input that the data owner hands to the room, which encrypts it.</summary>
/// <param name="Elements">Of one image, as the data owner counts.</param>
/// <param name="Sources">For each element of the value the one of the input that it is, or <see cref="RoomContract.Nothing"/> for 0.</param>
/// <param name="Level">At which it is encrypted.</param>
public sealed record RoomInput(string Name, int Elements, ImmutableArray<int> Sources, int Value, int Level);

/// <summary>
/// Element e of the output is the function of the largest of elements Sources[w * elements + e], w below Window, of the operands one after the other; a
/// maximum of nothing is 0. Operands arrive at level 1.
/// </summary>
/// <param name="Level">At which the output is encrypted.</param>
public sealed record RoomRefresh(
    string Name, ImmutableArray<int> Operands, int Window, ImmutableArray<int> Sources, RoomFunction Function, int Output, int Level);

/// <summary>A function for each channel: channel c has elements c * (elements / channels) and on.</summary>
/// <param name="Kinds">One of the letters for each channel.</param>
/// <param name="Low">Clamps are min(max(x, Low), High), in the network's units.</param>
/// <param name="Exponents">For each channel; squares are 2^Exponent x^2.</param>
public sealed record RoomFunction(string Kinds, float Low, float High, ImmutableArray<int> Exponents)
{
    /// <summary>Letters of <see cref="Kinds"/>; a constant is 0.</summary>
    public const char Clamp = 'c', Square = 's', NegatedSquare = 'n', Identity = 'i', Constant = 'k';
}

/// <summary>A result: decrypted, flooded, and sealed for the data owner.</summary>
/// <param name="Level">At which it arrives.</param>
public sealed record RoomOutput(string Name, int Value, int Level);
