/**
 * @generated SignedSource<<372d3dca86d0fe78083fe8cc723975a9>>
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

import type { ReaderFragment } from 'relay-runtime';
import type { FragmentRefs } from "relay-runtime";
export type Followers_card$data = {
  readonly id: string;
  readonly stats: {
    readonly followersCount: number;
  };
  readonly viewerIsFollowing: boolean;
  readonly " $fragmentType": "Followers_card";
};
export type Followers_card$key = {
  readonly " $data"?: Followers_card$data;
  readonly " $fragmentSpreads": FragmentRefs<"Followers_card">;
};

const node: ReaderFragment = {
  "argumentDefinitions": [],
  "kind": "Fragment",
  "metadata": null,
  "name": "Followers_card",
  "selections": [
    {
      "alias": null,
      "args": null,
      "kind": "ScalarField",
      "name": "id",
      "storageKey": null
    },
    {
      "alias": null,
      "args": null,
      "kind": "ScalarField",
      "name": "viewerIsFollowing",
      "storageKey": null
    },
    {
      "alias": null,
      "args": null,
      "concreteType": "UserFollowStats",
      "kind": "LinkedField",
      "name": "stats",
      "plural": false,
      "selections": [
        {
          "alias": null,
          "args": null,
          "kind": "ScalarField",
          "name": "followersCount",
          "storageKey": null
        }
      ],
      "storageKey": null
    }
  ],
  "type": "User",
  "abstractKey": null
};

(node as any).hash = "e4a18094db8ef171c8a9ab76e339f00b";

export default node;
