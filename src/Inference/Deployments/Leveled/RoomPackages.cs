using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Compiler.Leveled;
using Blindsight.Enclave.Contract;
using Blindsight.Enclave.Models;
using Blindsight.HomomorphicEncryption.Ckks;

namespace Blindsight.Inference.Deployments.Leveled;

/// <summary>What a model's owner hands to the enclave.</summary>
public static class RoomPackages
{
    /// <param name="encryptedWeights">Whether the room encrypts the weights for the host; if not, the host has them in the clear and the room has none.</param>
    /// <exception cref="ParameterException">It takes more rotation keys than are made.</exception>
    public static ModelPackage Of(LeveledProgram program, bool encryptedWeights)
    {
        CkksParameters parameters = LeveledParameters.Of(program.Depth);
        using CkksContext context = new(parameters);
        if (new CkksSerializer(context).GaloisKeysBytes(program.Rotations.Count) > LeveledWire.RotationKeyBytesMax)
            throw new ParameterException($"{program.Model} takes keys of {program.Rotations.Count} rotations, more than are made");
        RoomContract contract = RoomContracts.Of(program, encryptedWeights);
        using Prg prg = Prg.FromSystem();
        // What the enclave does not see between two linear layers it cannot check.
        bool isChecked = !program.Steps.Any(step => step is LeveledSquare);
        return new(contract.Write(), LeveledContract.Of(program).ToJson(),
            encryptedWeights ? LeveledWeights.Plaintexts(parameters, program) : [], isChecked ? ProjectionMaker.Make(program, contract, prg) : []);
    }
}
